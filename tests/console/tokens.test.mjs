// The steps that the systems describe, clicked and typed in the console of the real binary.
import assert from 'node:assert/strict';
import test from 'node:test';
import { browse, call, demo, go, importKey, manage, newUser, row, signedIn, store, tabTo } from './support/console.mjs';

test('tokens in the console', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    const page = await signedIn(t, browser, at, { expected: [422] });

    await t.test('row_UI_5, row_PA_1, row_PA_3, row_PA_6, row_C_1: Team Preferences, API Keys', async () => {
        await go(page, '/apis/partner/tokens');
        await page.getByRole('navigation').getByText('Team Preferences').waitFor();
        await page.getByRole('heading', { name: 'API Keys', level: 1 }).waitFor();
        await page.getByRole('button', { name: 'Generate API Key' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('Quoting Tool - Production');
        await dialog.getByRole('button', { name: 'Generate API Key' }).click();
        await dialog.getByText('choose at least one').waitFor(); // none chosen is refused
        for (const area of ['Invoices', 'Payments', 'Customers', 'Refunds', 'Payouts', 'Webhooks', 'Hosted checkout'])
            await dialog.getByRole('group', { name: area, exact: true }).waitFor();
        assert.equal(await dialog.getByLabel('payouts:write').count(), 0);
        await dialog.getByLabel('invoices:read', { exact: true }).check();
        await dialog.getByLabel('customers:read', { exact: true }).check();
        await dialog.getByRole('combobox', { name: 'Expires' }).click();
        await page.getByRole('option', { name: 'In 30 days' }).click();
        await dialog.getByRole('button', { name: 'Generate API Key' }).click();
        const key = await store(page);
        assert.match(key, /^pk_/);
        const [kept] = (await manage(at, 'GET', '/api-tokens?api=partner&q=Quoting')).data;
        assert.equal(Math.round((Date.parse(kept.expires_at) - Date.parse(kept.created_at)) / 86_400_000), 30);
        assert.equal(await call(at, 'partner.localhost', '/invoices', key), 200);
        assert.equal(await call(at, 'partner.localhost', '/payouts', key), 403);
        const made = row(page, 'Quoting Tool - Production');
        await made.getByText('invoices:read').waitFor(); // scopes stand in the list
        assert.equal(await made.getByText('Full access').count(), 0);

        await made.getByRole('button', { name: /^Edit Key Name/ }).click();
        await dialog.getByLabel('Name').fill('Quoting Tool');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'partner.localhost', '/invoices', key), 200);

        await row(page, 'Quoting Tool').getByRole('button', { name: /^Revoke/ }).click();
        await dialog.getByText('Revoking a key is permanent').waitFor();
        await dialog.getByRole('button', { name: 'Revoke' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'partner.localhost', '/invoices', key), 401);
    });

    await t.test('row_PA_1, row_C_6: Select all is Full access, and its name is typed before it goes', async () => {
        await page.getByRole('button', { name: 'Generate API Key' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('Everything');
        await dialog.getByLabel('Select all').check();
        await dialog.getByRole('button', { name: 'Generate API Key' }).click();
        const key = await store(page);
        assert.equal(await call(at, 'partner.localhost', '/payouts', key), 200);
        await row(page, 'Everything').getByText('Full access').waitFor();
        await row(page, 'Everything').getByRole('button', { name: /^Revoke/ }).click();
        const revoke = dialog.getByRole('button', { name: 'Revoke' });
        assert.ok(await revoke.isDisabled());
        await dialog.getByRole('textbox').fill('Everything');
        await revoke.click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'partner.localhost', '/payouts', key), 401);
    });

    await t.test('row_UI_1, row_PR_1, row_PR_3: Settings, API Tokens', async () => {
        await go(page, '/apis/payrequest/tokens');
        await page.getByRole('heading', { name: 'API Tokens', level: 1 }).waitFor();
        await page.getByRole('button', { name: 'Create New Token' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('MCP Billing Agent');
        await dialog.getByText('MCP integrations, AI assistants').waitFor(); // what each is for
        await dialog.getByLabel('billing.agent', { exact: true }).check();
        assert.ok(await dialog.getByLabel('billing.read', { exact: true }).isChecked(), 'it is included');
        assert.equal(await dialog.getByLabel('customers.read', { exact: true }).isChecked(), false);
        await dialog.getByRole('button', { name: 'Create', exact: true }).click();
        const token = await store(page);
        assert.equal(await call(at, 'payrequest.localhost', '/api/v1/invoices', token), 200);
        await row(page, 'MCP Billing Agent').getByRole('button', { name: /^Delete/ }).click();
        await dialog.getByText('cannot be undone').waitFor();
        await dialog.getByRole('button', { name: 'Delete' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'payrequest.localhost', '/api/v1/invoices', token), 401);
    });

    await t.test('row_UI_2, row_PM_12: Settings, API Keys; disable, enable, activity', async () => {
        await go(page, '/apis/paymenter/tokens');
        await page.getByRole('button', { name: 'Create API Key' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('Admin panel');
        await dialog.getByLabel('Type').first().waitFor();
        await dialog.getByLabel('IP Addresses (optional)').fill('127.0.0.1');
        await dialog.getByLabel('users.view', { exact: true }).check();
        await dialog.getByRole('button', { name: 'Save' }).click();
        const key = await store(page);
        assert.equal(await call(at, 'paymenter.localhost', '/api/v1/admin/users', key), 200);
        const menu = async (item) => {
            await row(page, 'Admin panel').getByRole('button', { name: /^More/ }).click();
            await page.getByRole('menuitem', { name: item }).click();
        };
        await menu('Disable');
        await dialog.getByRole('button', { name: 'Disable' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'paymenter.localhost', '/api/v1/admin/users', key), 401);
        await row(page, 'Admin panel').getByText('disabled').waitFor();
        await menu('Enable');
        await dialog.getByRole('button', { name: 'Enable' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'paymenter.localhost', '/api/v1/admin/users', key), 200);
        await row(page, 'Admin panel').getByRole('link').click();
        await page.locator('.chart canvas').first().waitFor();
        await page.getByRole('cell', { name: '127.0.0.1' }).first().waitFor();
        await page.getByText('disabled a token').waitFor();
    });

    await t.test('row_UI_4, row_PL_9: Developers, API tokens; what endpoints demand; rotate with the grace shown', async () => {
        await go(page, '/apis/paylera/tokens');
        await page.getByRole('navigation').getByText('Developers').waitFor();
        await page.getByRole('button', { name: 'Create API token' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('Billing service');
        await dialog.getByLabel('customers:read', { exact: true }).check();
        await dialog.getByRole('button', { name: /^Opens \d+ of/ }).click();
        await dialog.getByRole('listitem').filter({ hasText: '/v1/webhooks' }).filter({ hasText: 'webhooks:read' }).first().waitFor();
        await dialog.getByRole('button', { name: 'Create', exact: true }).click();
        const before = await store(page);
        assert.equal(await call(at, 'api.sandbox.paylera.localhost', '/v1/customers', before), 200);
        await row(page, 'Billing service').getByRole('button', { name: /^More/ }).click();
        await page.getByRole('menuitem', { name: 'Rotate' }).click();
        await dialog.getByRole('button', { name: /^Rotate/ }).click();
        await dialog.getByText('goes on working for 24 hours').waitFor();
        const after = await store(page);
        for (const text of [before, after]) assert.equal(await call(at, 'api.sandbox.paylera.localhost', '/v1/customers', text), 200);
        await row(page, 'Billing service').getByText(/old text: 23 h \d+ min left/).waitFor(); // the countdown
        await row(page, 'Billing service').getByRole('button', { name: /^More/ }).click();
        await page.getByRole('menuitem', { name: 'Finish' }).click();
        await dialog.getByRole('button', { name: 'Finish now' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'api.sandbox.paylera.localhost', '/v1/customers', before), 401);
        assert.equal(await call(at, 'api.sandbox.paylera.localhost', '/v1/customers', after), 200);
    });

    await t.test('a run by keyboard alone: the skip link, create, rename, rotate, finish, revoke', async () => {
        const dialog = page.getByRole('dialog');
        const press = (key) => page.keyboard.press(key);
        const choose = async (item) => {
            await page.locator('[role=menu] :focus').waitFor();
            for (let i = 0; i < 12; ++i) {
                await press('ArrowDown');
                if (item.test(await page.evaluate(() => document.activeElement?.textContent ?? ''))) return press('Enter');
            }
            throw new Error(`no ${item} in the menu`);
        };
        await go(page, '/');
        await page.reload();
        await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
        await tabTo(page, /^API$/); // the choice of the API
        await press('Enter');
        await page.getByRole('option', { name: 'Paylera' }).waitFor();
        for (let i = 0; i < 8 && !(await page.locator('[role=option][data-combobox-selected]', { hasText: 'Paylera' }).count()); ++i) await press('ArrowDown');
        await press('Enter');
        await page.getByRole('heading', { name: 'API tokens', level: 1 }).waitFor();
        await tabTo(page, /^Create API token$/);
        await press('Enter');
        await dialog.waitFor();
        await page.locator('[role=dialog] input:focus').waitFor();
        await page.keyboard.type('By hand');
        await tabTo(page, /^customers:read$/);
        await press('Space');
        await press('Enter');
        await dialog.getByTestId('secret').waitFor();
        await tabTo(page, /I have stored it/);
        await press('Space');
        await tabTo(page, /^Done$/);
        await press('Enter');
        await dialog.waitFor({ state: 'detached' });
        await row(page, 'By hand').waitFor();

        await tabTo(page, /^Rename: By hand/);
        await press('Enter');
        await dialog.waitFor();
        await page.locator('[role=dialog] input:focus').waitFor();
        await press('End');
        await page.keyboard.type(', renamed');
        await press('Enter');
        await dialog.waitFor({ state: 'detached' });
        await row(page, 'By hand, renamed').waitFor();

        await tabTo(page, /^More for By hand/);
        await press('Enter');
        await choose(/^Rotate/);
        await dialog.waitFor();
        await tabTo(page, /^Rotate/);
        await press('Enter');
        await dialog.getByTestId('secret').waitFor();
        await tabTo(page, /I have stored it/);
        await press('Space');
        await tabTo(page, /^Done$/);
        await press('Enter');
        await dialog.waitFor({ state: 'detached' });
        await row(page, 'By hand').getByText(/old text: .* left/).waitFor();

        await tabTo(page, /^More for By hand/);
        await press('Enter');
        await page.locator('[role=menu] :focus').waitFor();
        await press('Escape');
        await page.getByRole('menu').waitFor({ state: 'detached' });
        assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^More for By hand/, 'one is where one was');
        await press('Enter');
        await choose(/^Finish/);
        await dialog.waitFor();
        await tabTo(page, /^Finish now$/);
        await press('Enter');
        await dialog.waitFor({ state: 'detached' });

        await tabTo(page, /^Revoke: By hand/);
        await press('Enter');
        await dialog.waitFor();
        await tabTo(page, /^Revoke$/);
        await press('Enter');
        await dialog.waitFor({ state: 'detached' });
        await row(page, 'By hand').getByText('revoked').waitFor();
    });

    await t.test('row_C_6: the list says hint, scopes, state, created, last use and expiry', async () => {
        await go(page, '/apis/partner/tokens');
        for (const column of ['Name', 'Scopes', 'State', 'Created', 'Last used', 'Expires']) await page.getByRole('columnheader', { name: column, exact: true }).waitFor();
        const demos = row(page, 'Demo').first();
        await demos.getByText(/^pk_…/).waitFor();
        await demos.getByText('active').waitFor();
        await demos.getByText('invoices:read').waitFor();
        await demos.getByText('Never').first().waitFor();
    });

    await t.test('row_PA_3: scopes for which a row has no room are beside it, one key away', async () => {
        const scopes = ['invoices', 'payments', 'customers', 'refunds', 'webhooks'].flatMap((area) => [`${area}:read`, `${area}:write`]);
        const body = JSON.stringify({ api: 'partner', name: 'Data warehouse', scopes });
        await page.evaluate((body) => fetch('/v1/admin/api-tokens', { method: 'POST', headers: { 'content-type': 'application/json' }, body }), body);
        await page.reload();
        const more = row(page, 'Data warehouse').getByRole('button', { name: /^Show \d+ more scopes/ });
        await more.focus();
        await page.keyboard.press('Enter');
        const beside = page.getByRole('dialog');
        for (const scope of scopes) await beside.getByText(scope, { exact: true }).waitFor();
        await page.keyboard.press('Escape');
        await beside.waitFor({ state: 'detached' });
        assert.ok(await more.evaluate((on) => document.activeElement === on), 'one is where one was');
    });

    await t.test('row_PA_2, row_C_8: a key from before scopes has Full access, and is narrowed in place to what it needs', async () => {
        const { text: key, id } = await importKey(t, at, 'Minted long ago');
        assert.equal(await call(at, 'partner.localhost', '/invoices', key), 200);
        assert.equal(await call(at, 'partner.localhost', '/payments/pay_1', key), 200);
        assert.equal(await call(at, 'partner.localhost', '/payouts', key), 200);
        await page.reload();
        await row(page, 'Minted long ago').getByText('Full access').waitFor();
        await go(page, `/tokens/${id}`);
        await page.getByRole('cell', { name: 'GET /payments/{id}' }).waitFor(); // use by route
        await page.getByRole('button', { name: 'Change scopes' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByText('From its use').waitFor();
        for (const scope of ['invoices:read', 'payments:read', 'payouts:read']) await dialog.getByText(scope, { exact: true }).first().waitFor();
        await dialog.getByRole('button', { name: 'Take these' }).click();
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await call(at, 'partner.localhost', '/invoices', key), 200, 'the same text');
        assert.equal(await call(at, 'partner.localhost', '/payments/pay_1', key), 200);
        assert.equal(await call(at, 'partner.localhost', '/customers', key), 403);
        await page.getByText('Full access', { exact: true }).first().waitFor({ state: 'detached' }); // once the page has read it anew
    });

    await t.test('row_C_8: what nobody uses is found, and what ends soon', async () => {
        const body = (name, more) => JSON.stringify({ api: 'partner', name, scopes: ['invoices:read', 'refunds:read'], ...more });
        const made = await page.evaluate(
            async (bodies) => Promise.all(bodies.map(async (body) => (await fetch('/v1/admin/api-tokens', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json())),
            [body('Ends this week', { expires_in: '5d' }), body('Ends next year', { expires_in: '12mo' })],
        );
        assert.equal(await call(at, 'partner.localhost', '/invoices', made[1].token), 200);
        await go(page, '/apis/partner/tokens');
        await page.reload();
        const choose = async (what) => {
            await page.getByRole('combobox', { name: 'Use and end' }).click();
            await page.getByRole('option', { name: what }).click();
        };
        await choose('Ends within 14 days');
        await row(page, 'Ends next year').waitFor({ state: 'detached' });
        await row(page, 'Ends this week').waitFor();
        await choose('Never used');
        await row(page, 'Ends this week').waitFor();
        await row(page, 'Ends next year').waitFor({ state: 'detached' });
        await page.getByRole('button', { name: 'Clear' }).click();
        await row(page, 'Ends next year').getByRole('link').click();
        await page.getByRole('listitem').filter({ hasText: 'refunds:read' }).getByText('not needed so far').waitFor();
        await page.getByRole('listitem').filter({ hasText: 'invoices:read' }).getByText(/^1 request/).waitFor();
    });

    await t.test('row_C_14: what comes from another page changes nothing', async () => {
        const cookies = await page.context().cookies();
        const cookie = cookies.map((c) => `${c.name}=${c.value}`).join('; ');
        assert.ok(cookies.every((c) => c.httpOnly && c.sameSite === 'Strict'), JSON.stringify(cookies.map((c) => c.name)));
        const send = (headers) =>
            fetch(`http://${at.console}/v1/admin/api-tokens`, {
                method: 'POST',
                headers: { 'content-type': 'application/json', cookie, ...headers },
                body: JSON.stringify({ api: 'partner', name: 'Forged', scopes: ['invoices:read'] }),
            });
        assert.equal((await send({ origin: 'http://evil.example' })).status, 401);
        assert.equal((await send({ origin: `http://${at.console}` })).status, 201);
    });

    await t.test('a user who goes: the tokens in their name go on, or are stopped with them', async () => {
        const dialog = page.getByRole('dialog');
        const make = async (email) => {
            await newUser(at, 'client-portal', email);
            return page.evaluate(async (email) => {
                const users = (await (await fetch('/v1/admin/users?api=client-portal')).json()).data;
                const { subject, tenant } = users.find((u) => u.user_name === email || u.email === email);
                const body = JSON.stringify({ api: 'client-portal', name: `For ${email}`, owner: subject, tenant });
                const made = await fetch('/v1/admin/api-tokens', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
                return (await made.json()).token;
            }, email);
        };
        const works = (token) => call(at, 'portal.localhost', '/api/v1/services', token);
        const tokens = { left: await make('left@example.com'), held: await make('held@example.com'), gone: await make('gone@example.com') };
        await go(page, '/apis/client-portal/users');
        await page.reload();
        const act = async (who, what) => {
            await page.getByRole('button', { name: `More for ${who}@example.com` }).click();
            await page.getByRole('menuitem', { name: what }).click();
            return dialog.getByRole('checkbox', { name: /^(Disable|Revoke) the 1 token in this user’s name too/ });
        };
        const sure = async (what) => {
            await dialog.getByRole('button', { name: what, exact: true }).click();
            await dialog.waitFor({ state: 'detached' });
        };
        await (await act('left', /^Disable/)).uncheck();
        await dialog.getByText('They go on working.').waitFor();
        await sure('Disable');
        assert.equal(await works(tokens.left), 200);
        assert.ok(await (await act('held', /^Disable/)).isChecked());
        await sure('Disable');
        assert.equal(await works(tokens.held), 401);
        await (await act('gone', /^Remove/)).waitFor();
        await sure('Remove');
        assert.equal(await works(tokens.gone), 401);
        await go(page, '/apis/client-portal/tokens');
        await row(page, 'For held@example.com').getByText('disabled').waitFor();
        await row(page, 'For gone@example.com').getByText('revoked').waitFor();
    });

    await t.test('the overview: traffic, refusals, cache, upstream servers, how soon a revocation is in force', async () => {
        await go(page, '/');
        const tile = (label) => page.locator('.tile').filter({ hasText: label });
        await tile('Revoked within').getByText(/^[\d.]+ (µs|ms)$/).waitFor();
        await tile('Cache').getByText(/%/).first().waitFor();
        await page.getByRole('heading', { name: 'Refusals by reason' }).waitFor();
        await page.locator('.bar-name').filter({ hasText: /^invalid token$/ }).waitFor();
        const server = page.getByRole('row').filter({ hasText: 'partner' }).filter({ hasText: '127.0.0.1' });
        await server.getByText('up', { exact: true }).waitFor();
        // A portal's pages are nobody's calls of the API.
        const bar = page.locator('.bars li').filter({ hasText: 'client-portal' });
        const before = Number.parseInt((await bar.locator('.bar-count').textContent()) ?? '', 10);
        assert.ok(before > 0);
        for (let i = 0; i < 20; ++i) assert.equal(await call(at, 'portal.localhost', '/portal/session'), 401);
        assert.equal(await call(at, 'portal.localhost', '/api/v1/services', 'nobody'), 401);
        await bar.getByText(`${before + 1} request`).waitFor();
    });

    await t.test('sign out', async () => {
        await page.getByRole('button', { name: /^Signed in as/ }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    });
});
