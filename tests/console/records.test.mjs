// What operators keep beside tokens, made and changed in the console of the real binary: actors, users, operators, OAuth clients; and what
// they look things up in: routes, the audit log, the filters of lists.
import assert from 'node:assert/strict';
import test from 'node:test';
import { browse, call, demo, go, manage, openPage, row, signedIn, store } from './support/console.mjs';

test('records in the console', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    const page = await signedIn(t, browser, at, { expected: [422] });
    const dialog = page.getByRole('dialog');
    const gone = () => dialog.waitFor({ state: 'detached' });
    const record = (name) => page.locator('.records tbody tr').filter({ hasText: name });
    const press = (name) => dialog.getByRole('button', { name, exact: true }).click();
    const act = async (name, what) => {
        await page.getByRole('button', { name: `More for ${name}` }).click();
        await page.getByRole('menuitem', { name: what }).click();
    };

    await t.test('actors: add, remove', async () => {
        await go(page, '/apis/paylera/actors');
        await page.getByRole('button', { name: 'Add actor' }).first().click();
        await dialog.getByLabel('Name').fill('Ada Lovelace');
        await dialog.getByLabel('Tenant').fill('acme');
        await dialog.getByRole('combobox', { name: 'Environment' }).click();
        await page.getByRole('option', { name: 'live' }).click();
        await press('Add');
        await gone();
        await record('Ada Lovelace').getByText('live').waitFor();
        const [made] = (await manage(at, 'GET', '/actors?api=paylera')).data;
        assert.deepEqual([made.name, made.tenant, made.environment], ['Ada Lovelace', 'acme', 'live']);
        await record('Ada Lovelace').getByRole('button', { name: 'Remove' }).click();
        await press('Remove');
        await gone();
        await record('Ada Lovelace').waitFor({ state: 'detached' });
    });

    await t.test('users: add, a field that is refused says why, a new password, the second factor taken away', async () => {
        await go(page, '/apis/paymenter/users');
        await page.getByRole('button', { name: 'Add user' }).first().click();
        await dialog.getByLabel('User name').fill('grace');
        await dialog.getByLabel('Email').fill('no address');
        await dialog.getByLabel('First name').fill('Grace');
        await dialog.getByLabel('Last name').fill('Hopper');
        await dialog.getByLabel('Password', { exact: true }).fill('  correct horse battery ');
        await press('Add');
        await dialog.getByLabel('Email').and(page.locator('[aria-invalid=true]')).waitFor();
        await dialog.getByLabel('Email').fill('grace@example.com');
        await press('Add');
        await gone();
        await record('Grace Hopper').getByText('active').waitFor();
        await act('grace', /^New password/);
        await dialog.getByLabel('New password').fill('another horse battery');
        await press('Save');
        await gone();
        await act('grace', /^Sign out everywhere/);
        await press('Sign out');
        await gone();
    });

    await t.test('operators: one who looks on, and what that one sees', async () => {
        await go(page, '/operators');
        await page.getByRole('button', { name: 'Add operator' }).first().click();
        await dialog.getByLabel('User name').fill('auditor');
        await dialog.getByLabel('Password', { exact: true }).fill('correct horse battery');
        await press('Add');
        await gone();
        await record('auditor').getByText('viewer').waitFor();
        const other = await openPage(t, browser);
        await other.goto(`http://${at.console}/`);
        await other.getByLabel('User name').fill('auditor');
        await other.locator('input[autocomplete=current-password]').fill('correct horse battery');
        await other.getByRole('button', { name: 'Sign in' }).click();
        await other.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
        await go(other, '/apis/partner/tokens');
        await row(other, 'Demo').first().waitFor();
        for (const name of ['Generate API Key', /^Revoke/, /^Edit Key Name/]) assert.equal(await other.getByRole('button', { name }).count(), 0);
        await other.context().close();
    });

    await t.test('OAuth clients: add, the secret once, another, disable', async () => {
        await go(page, '/apis/payrequest/clients');
        await page.getByRole('button', { name: 'Add OAuth client' }).first().click();
        await dialog.getByLabel('Name').fill('Ledger');
        await dialog.getByLabel('Redirect URIs').fill('https://ledger.example/callback');
        await press('Add');
        const first = await store(page);
        await record('Ledger').getByText('authorization code').waitFor();
        await act('Ledger', /^New secret/);
        await press('Make a new secret');
        assert.notEqual(await store(page), first);
        await act('Ledger', /^Disable/);
        await press('Disable');
        await gone();
        await record('Ledger').getByText('disabled').waitFor();
    });

    await t.test('routes: what each demands, and who could call it', async () => {
        await go(page, '/apis/partner/routes');
        await page.getByRole('textbox', { name: 'Search routes' }).fill('payouts');
        const payouts = page.getByRole('listitem').filter({ hasText: 'payouts:read' }).first();
        await payouts.waitFor();
        await page.getByRole('listitem').filter({ hasText: '/invoices' }).first().waitFor({ state: 'detached' });
        await payouts.getByRole('button').click();
        await payouts.getByText('0 active API keys could call it now').waitFor();
        await manage(at, 'POST', '/api-tokens', { api: 'partner', name: 'Payouts robot', scopes: ['payouts:read'] });
        await page.reload();
        await page.getByRole('textbox', { name: 'Search routes' }).fill('payouts');
        await payouts.getByRole('button').click();
        await payouts.getByText('1 active API key could call it now').waitFor();
        await payouts.getByRole('link', { name: 'Payouts robot' }).click();
        await page.getByRole('heading', { name: 'Payouts robot', level: 1 }).waitFor();
    });

    await t.test('search and filters: a name, a state, a scope, and what to do where nothing is like that', async () => {
        await go(page, '/apis/partner/tokens');
        const search = page.getByRole('textbox', { name: 'Search by name' });
        await search.fill('robot');
        await row(page, 'Payouts robot').waitFor();
        await row(page, 'Demo').first().waitFor({ state: 'detached' });
        await search.fill('nobody');
        await page.getByText('No API key is like that').waitFor();
        await page.getByRole('button', { name: 'Clear the filters' }).click();
        await row(page, 'Demo').first().waitFor();
        const choose = async (box, what) => {
            await page.getByRole('combobox', { name: box, exact: true }).click();
            await page.getByRole('option', { name: what, exact: true }).click();
        };
        await choose('Scopes', 'payouts:read');
        await row(page, 'Demo').first().waitFor({ state: 'detached' });
        await row(page, 'Payouts robot').waitFor();
        await choose('State', 'Revoked');
        await page.getByText('No API key is like that').waitFor();
        await page.getByRole('button', { name: 'Clear', exact: true }).click();
        await row(page, 'Demo').first().waitFor();
    });

    await t.test("a token's page: addresses are changed, generations stand there, an address from which it must not come is refused", async () => {
        const made = await manage(at, 'POST', '/api-tokens', { api: 'paylera', name: 'Nightly', environment: 'sandbox', scopes: ['customers:read'] });
        const asked = (text) => call(at, 'api.sandbox.paylera.localhost', '/v1/customers', text);
        assert.equal(await asked(made.token), 200);
        await go(page, `/tokens/${made.id}`);
        await page.getByRole('button', { name: /^More/ }).click();
        await page.getByRole('menuitem', { name: /addresses/ }).click();
        await dialog.getByLabel('May be used from').fill('not an address');
        await press('Save');
        await dialog.getByLabel('May be used from').and(page.locator('[aria-invalid=true]')).waitFor();
        await dialog.getByText('"not" is not an address').waitFor();
        await dialog.getByLabel('May be used from').fill('192.0.2.0/24');
        await press('Save');
        await gone();
        await page.getByText('192.0.2.0/24').first().waitFor();
        assert.equal(await asked(made.token), 403);
        await page.getByRole('button', { name: 'Rotate', exact: true }).click();
        await dialog.getByRole('button', { name: /^Rotate/ }).click();
        await store(page);
        await page.getByRole('timer').waitFor();
        const texts = page.getByRole('table').filter({ hasText: 'Works until' }).locator('tbody tr');
        assert.equal(await texts.count(), 2);
        await texts.first().getByText('newest').waitFor();
        await page.getByRole('button', { name: 'Finish now' }).click();
        await press('Finish now');
        await gone();
        await texts.nth(1).getByText('ended').waitFor();
    });

    await t.test('audit: verified, by name, filtered by who and by what', async () => {
        await go(page, '/audit');
        await page.reload(); // verified anew
        await page.getByText('Nothing was edited, taken out, moved or cut off').waitFor();
        const events = page.locator('.event');
        await events.filter({ hasText: at.operator.user_name }).filter({ hasText: 'rotated a token' }).first().waitFor();
        await events.filter({ hasText: 'auditor' }).filter({ hasText: 'signed in' }).getByRole('button', { name: 'auditor' }).click();
        await events.filter({ hasText: 'rotated a token' }).first().waitFor({ state: 'detached' });
        await events.filter({ hasText: 'signed in' }).waitFor();
        assert.match(await page.getByRole('textbox', { name: 'Who' }).inputValue(), /^user:usr_/);
        await page.getByRole('textbox', { name: 'Who' }).fill('');
        await page.getByRole('combobox', { name: 'Log' }).click();
        await page.getByRole('option', { name: 'Refusals' }).click();
        await events.filter({ hasText: 'was refused: address not allowed' }).first().waitFor();
        await events.filter({ hasText: 'signed in' }).first().waitFor({ state: 'detached' });
    });
});
