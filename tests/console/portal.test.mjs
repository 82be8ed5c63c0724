// What the systems' documents say that their users do for themselves, clicked and typed at the portals of the real binary.
import assert from 'node:assert/strict';
import test from 'node:test';
import { atPortal, browse, call, demo, newUser, row, store, tabTo } from './support/console.mjs';

test('portals', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    const host = 'portal.localhost', path = '/api/v1/services';
    let token;

    const page = await atPortal(t, browser, at, 'client-portal', { expected: [403] });
    const dialog = page.getByRole('dialog');

    await t.test('row_UI_3, row_CP_1, row_C_1: the avatar, Profile, API Tokens; create, and the warning', async () => {
        assert.equal(await page.title(), 'Client portal');
        await page.getByRole('button', { name: /^Signed in as Jane Roe/ }).click();
        await page.getByRole('menuitem', { name: 'Profile' }).click();
        await page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();
        await page.getByRole('link', { name: 'API Tokens' }).click();
        await page.getByRole('heading', { name: 'API Tokens', level: 2 }).waitFor();
        assert.ok(await page.evaluate(() => document.activeElement?.id === 'own-tokens'), 'whoever listens is taken there too');
        await page.getByLabel('Name', { exact: true }).fill('My Integration');
        await page.getByRole('button', { name: 'Create Token' }).click();
        await dialog.getByText('you cannot retrieve it again').waitFor();
        token = await store(page);
        assert.match(token, /^ot_live_/);
        assert.equal(await call(at, host, path, token), 200);
        await row(page, 'My Integration').getByText(/^ot_live_…/).waitFor();
        assert.equal(await row(page, 'My Integration').getByText(token).count(), 0);
    });

    await t.test('row_CP_1: the list says the name, when it was made, when it was used last', async () => {
        await page.reload();
        await page.getByRole('columnheader', { name: 'Last used' }).waitFor();
        const cells = await row(page, 'My Integration').locator('time').count();
        assert.equal(cells, 2, 'created and last used');
        assert.equal(await page.getByRole('columnheader', { name: 'Expires' }).count(), 0, 'they never do');
    });

    await t.test('row_PA_6: a new name, the same text', async () => {
        await row(page, 'My Integration').getByRole('button', { name: /^Rename/ }).click();
        await dialog.getByLabel('Name').fill('Billing Dashboard');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
        await row(page, 'Billing Dashboard').waitFor();
        assert.equal(await call(at, host, path, token), 200);
        // Without a grace in the contract nothing is rotated.
        await row(page, 'Billing Dashboard').getByRole('button', { name: /^More/ }).click();
        assert.equal(await page.getByRole('menuitem', { name: /Rotate/ }).count(), 0);
        await page.keyboard.press('Escape');
    });

    await t.test('row_CP_1: a second client sees nothing of it, by interface or by request', async () => {
        const other = await atPortal(t, browser, at, 'client-portal', { who: await newUser(at, 'client-portal', 'joe@example.com'), expected: [404, 409] });
        await other.goto(`${at.apis['client-portal'].portal.address}#/account/tokens`);
        await other.getByText('You have no token yet').waitFor();
        assert.equal(await row(other, 'Billing Dashboard').count(), 0);
        const id = await page.evaluate(async () => (await (await fetch('/portal/api-tokens')).json()).data.find((t) => t.name === 'Billing Dashboard').id);
        const tried = await other.evaluate(async (id) => {
            const { csrf_token } = await (await fetch('/portal/session')).json();
            const headers = { 'x-csrf-token': csrf_token, 'content-type': 'application/json' };
            const out = [];
            for (const [method, more, body] of [['GET', ''], ['PATCH', '', '{"name":"Mine"}'], ['DELETE', ''], ['POST', '/rotate', '{}']])
                out.push((await fetch(`/portal/api-tokens/${id}${more}`, { method, headers, body })).status);
            return [...out, (await (await fetch('/portal/api-tokens?owner=client-1')).json()).data.length];
        }, id);
        assert.deepEqual(tried, [404, 404, 404, 409, 0]);
        assert.equal(await call(at, host, path, token), 200);
        await other.context().close();
    });

    await t.test('row_C_14: a page elsewhere changes nothing', async () => {
        const cookies = await page.context().cookies();
        assert.ok(cookies.every((c) => c.name.startsWith('__Host-') && c.httpOnly && c.secure), JSON.stringify(cookies.map((c) => c.name)));
        const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
        assert.doesNotMatch(kept, /tollgate-portal|csrf|ot_live/);
        const without = await page.evaluate(
            async () => (await fetch('/portal/api-tokens', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"Forged"}' })).status,
        ).catch(() => 'refused');
        assert.equal(without, 403);
    });

    await t.test('row_UI_3: Revoke next to it, and 401', async () => {
        await row(page, 'Billing Dashboard').getByRole('button', { name: /^Revoke/ }).click();
        await dialog.getByText('immediately invalidated').waitFor();
        await dialog.getByRole('button', { name: 'Revoke' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, host, path, token), 401);
        await row(page, 'Billing Dashboard').waitFor({ state: 'detached' });
    });

    await t.test('row_UI_1, row_PR_1, row_PR_3, row_C_1: Settings, API Tokens, Create New Token; Delete', async () => {
        const page = await atPortal(t, browser, at, 'payrequest');
        const dialog = page.getByRole('dialog');
        await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
        await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
        await page.getByRole('link', { name: 'API Tokens' }).click();
        await page.getByRole('button', { name: 'Create New Token' }).click();
        await dialog.getByLabel('Name').fill('MCP Billing Agent');
        await dialog.getByText('MCP integrations, AI assistants').waitFor();
        assert.equal(await dialog.getByLabel(/Owner|Tenant/).count(), 0, 'it is their own');
        await dialog.getByLabel('billing.agent', { exact: true }).check();
        assert.ok(await dialog.getByLabel('billing.write', { exact: true }).isChecked(), 'it is included');
        await dialog.getByRole('button', { name: 'Create', exact: true }).click();
        const made = await store(page);
        assert.equal(await call(at, 'payrequest.localhost', '/api/v1/invoices', made), 200);
        await row(page, 'MCP Billing Agent').getByText('billing.agent').waitFor();
        await row(page, 'MCP Billing Agent').getByRole('button', { name: /^Delete/ }).click();
        await dialog.getByText('cannot be undone').waitFor();
        await dialog.getByRole('button', { name: 'Delete' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'payrequest.localhost', '/api/v1/invoices', made), 401);
        await page.context().close();
    });

    await t.test('by keyboard alone', async () => {
        await page.goto(at.apis['client-portal'].portal.address);
        await page.getByRole('heading', { name: /^Hello/ }).waitFor();
        await tabTo(page, /^Signed in as/);
        await page.keyboard.press('Enter');
        await page.getByRole('menuitem', { name: 'Profile' }).waitFor();
        // The menu takes the focus when it has come up: an arrow before that is lost, and one too many leads to the next item.
        const item = () => page.evaluate(() => (document.activeElement?.getAttribute('role') === 'menuitem' ? document.activeElement.textContent : ''));
        const another = (was) => document.activeElement?.getAttribute('role') === 'menuitem' && document.activeElement.textContent !== was;
        for (let most = 20; most > 0 && (await item()) !== 'Profile'; --most) {
            const was = await item();
            await page.keyboard.press('ArrowDown');
            await page.waitForFunction(another, was, { timeout: 1000 }).catch(() => {});
        }
        assert.equal(await item(), 'Profile');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();
        await tabTo(page, /^Name/);
        await page.keyboard.type('By hand');
        await page.keyboard.press('Enter');
        await dialog.getByTestId('secret').waitFor();
        await tabTo(page, /I have stored it/);
        await page.keyboard.press('Space');
        await tabTo(page, /^Done/);
        await page.keyboard.press('Enter');
        await dialog.waitFor({ state: 'detached' });
        await row(page, 'By hand').waitFor();
        await tabTo(page, /^Revoke: By hand/);
        await page.keyboard.press('Enter');
        await dialog.waitFor();
        await tabTo(page, /^Revoke$/);
        await page.keyboard.press('Enter');
        await row(page, 'By hand').waitFor({ state: 'detached' });
    });

    await t.test('sign out', async () => {
        await page.getByRole('button', { name: /^Signed in as/ }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        assert.equal((await page.context().cookies()).length, 0);
    });
});
