// Names that would be more than text somewhere: in a page, in a terminal, in a log. Everywhere they are text, and nothing but.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { atPortal, browse, call, demo, go, manage, openPage, row, signedIn, tollgate } from './support/console.mjs';

const names = ['<script>document.title = "taken"</script><img src=x onerror=alert(1)>', 'pay \u202Egnp.exe', 'red \u001b[31malert\u0007', '\u2066isolated\u2069', 'x'.repeat(200)];
const harmful = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;

// Makes a token of each name that is taken; those that are refused say so.
const makeAll = (page, url, body) =>
    page.evaluate(
        async ({ url, names, body }) => {
            const headers = { 'content-type': 'application/json' };
            if (url.startsWith('/portal')) headers['x-csrf-token'] = (await (await fetch('/portal/session')).json()).csrf_token;
            const made = [];
            for (const name of names) {
                const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ ...body, name }) });
                made.push({ name, status: answer.status, ...(await answer.json()) });
            }
            return made;
        },
        { url, names, body },
    );

async function checkPage(page, title) {
    await row(page, '<script>').first().waitFor();
    await checkText(page, title);
}

// Whatever stands in the page is text: nothing ran, nothing was made of it, nothing turns or colours it.
async function checkText(page, title) {
    assert.equal(await page.title(), title);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.equal(harmful.test((await page.locator('body').innerText()).replaceAll('\n', '').replaceAll('\t', '')), false);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing pushes the page wide');
}

test('names are text', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    const used = [];

    await t.test('in the console', async () => {
        const page = await signedIn(t, browser, at, { expected: [422], viewport: { width: 390, height: 844 } });
        const made = await makeAll(page, '/v1/admin/api-tokens', { api: 'partner', scopes: ['invoices:read'] });
        for (const m of made) assert.ok(m.status === 201 || (m.status === 422 && m.errors[0].field === 'name'), JSON.stringify(m));
        assert.ok(made.filter((m) => m.status === 201).length >= 2, JSON.stringify(made.map((m) => m.status)));
        used.push(...made.filter((m) => m.status === 201));
        await go(page, '/apis/partner/tokens');
        await page.reload();
        await checkPage(page, 'Tollgate');
        await row(page, '<script>').first().getByRole('button', { name: /^Revoke/ }).click();
        await page.getByRole('dialog').waitFor();
        assert.equal(await page.locator('[role=dialog] script, [role=dialog] img').count(), 0);
        await page.keyboard.press('Escape');
        await row(page, '<script>').first().getByRole('link').click();
        await page.getByRole('heading', { level: 1 }).filter({ hasText: '<script>' }).waitFor();
        await go(page, '/audit');
        await page.getByText('<script>').first().waitFor();
        assert.equal(await page.title(), 'Tollgate');
        await page.context().close();
    });

    // Everything else that somebody gives a name to: people, actors, programs, and whose name is typed to sign in.
    await t.test('of people, actors and programs: in the console and on the command line', async () => {
        const page = await signedIn(t, browser, at, { viewport: { width: 390, height: 844 } });
        const taken = { users: 0, actors: 0, clients: 0 };
        const make = async (kind, body) => {
            const made = await manage(at, 'POST', `/${kind}`, body).catch((e) => assert.match(e.message, /"field":/));
            if (made) ++taken[kind];
        };
        for (const [i, name] of names.entries()) {
            await make('users', { api: 'paylera', user_name: name, email: `u${i}@example.com`, first_name: name, last_name: name, tenant: name });
            await make('users', { api: 'paylera', user_name: `plain${i}`, first_name: name, last_name: name });
            await make('actors', { api: 'paylera', name, tenant: 'acme', environment: 'live' });
            await make('clients', { api: 'payrequest', name, grants: ['authorization_code'], redirect_uris: ['https://app.example/callback'] });
        }
        for (const [kind, count] of Object.entries(taken)) {
            assert.ok(count >= 2, `${kind}: ${count} were taken`);
            const api = kind === 'clients' ? 'payrequest' : 'paylera';
            await go(page, `/apis/${api}/${kind}`);
            await page.locator('.records tbody tr').nth(count - 1).waitFor();
            await checkText(page, 'Tollgate');
            const menu = page.getByRole('button', { name: kind === 'actors' ? /^Remove/ : /^More for/ }).last();
            await menu.click();
            if (kind !== 'actors') await page.getByRole('menuitem', { name: /^Remove/ }).click();
            await page.getByRole('dialog').waitFor();
            await checkText(page, 'Tollgate');
            await page.keyboard.press('Escape');
            const out = await tollgate(at, kind.slice(0, -1), 'list', '--api', api);
            assert.equal(out.trim().split('\n').length >= count, true, out);
            assert.equal(harmful.test(out.replaceAll('\n', '')), false, JSON.stringify(out.match(harmful)));
        }
        await go(page, '/audit');
        await page.locator('.event').first().waitFor();
        await checkText(page, 'Tollgate');
        await page.context().close();
    });

    await t.test('typed where one signs in', async () => {
        const page = await openPage(t, browser);
        await page.goto(`http://${at.console}/`);
        await page.getByLabel('User name').fill(names[0]);
        await page.locator('input[autocomplete=current-password]').fill(names[0]);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('alert').getByText('is wrong').waitFor();
        await checkText(page, 'Tollgate');
        assert.equal(page.url(), `http://${at.console}/`);
        await page.context().close();
    });

    await t.test('in a portal', async () => {
        const page = await atPortal(t, browser, at, 'client-portal', { expected: [422], viewport: { width: 390, height: 844 } });
        await makeAll(page, '/portal/api-tokens', {});
        await page.goto(`${at.apis['client-portal'].portal.address}#/account/tokens`);
        await page.reload();
        await checkPage(page, 'Client portal');
        await page.context().close();
    });

    await t.test('on the command line and in logs', async () => {
        for (const u of used) assert.equal(await call(at, 'partner.localhost', '/invoices', u.token), 200);
        for (const args of [['token', 'list', '--api', 'partner'], ['token', 'show', used[0].id], ['audit']]) {
            const out = await tollgate(at, ...args);
            assert.equal(harmful.test(out.replaceAll('\n', '')), false, JSON.stringify(out.match(harmful)));
        }
        const log = await readFile(path.join(path.dirname(at.config), 'access.log'), 'utf8');
        assert.ok(log.includes('/invoices'));
        for (const line of log.trim().split('\n')) {
            JSON.parse(line);
            assert.equal(harmful.test(line), false, line);
        }
    });
});
