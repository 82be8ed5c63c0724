// Every page of the console under axe, light and dark, wide and narrow: nothing serious. And what it weighs.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { atPortal, browse, demo, faults, go, moved, openPage, signedIn } from './support/console.mjs';

const places = ['/', '/audit', '/operators', '/apis/partner/tokens', '/apis/paylera/routes', '/apis/paylera/actors', '/apis/paymenter/users', '/apis/paymenter/clients', '/nowhere'];

test('every page', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    for (const colorScheme of ['light', 'dark'])
        await t.test(`the page on which one signs in, ${colorScheme}`, async () => {
            const page = await openPage(t, browser, { colorScheme, viewport: { width: 390, height: 844 } });
            await page.goto(`http://${at.console}/`);
            await page.locator('button[type=submit]:enabled').waitFor();
            assert.deepEqual(await moved(page), []);
            assert.deepEqual(await faults(page), []);
            await page.context().close();
        });
    for (const colorScheme of ['light', 'dark'])
        for (const width of [1280, 390]) {
            const page = await signedIn(t, browser, at, { colorScheme, viewport: { width, height: 844 }, reducedMotion: 'reduce' });
            for (const place of places)
                await t.test(`${place}, ${colorScheme}, ${width}`, async () => {
                    await go(page, place);
                    await page.waitForLoadState('networkidle').catch(() => {});
                    assert.deepEqual(await moved(page), [], 'nothing moves while it loads');
                    assert.deepEqual(await faults(page), []);
                    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits');
                });
            await t.test(`the dialog and a token's page, ${colorScheme}, ${width}`, async () => {
                await go(page, '/apis/partner/tokens');
                await page.getByRole('button', { name: 'Generate API Key' }).click();
                await page.getByRole('dialog').getByLabel('Select all').waitFor();
                assert.deepEqual(await faults(page), []);
                await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
                await page.getByRole('dialog').waitFor({ state: 'detached' });
                const more = page.getByRole('button', { name: /^More for/ }).first();
                await more.click();
                await page.getByRole('menu').waitFor();
                assert.deepEqual(await faults(page), []);
                await page.getByRole('menuitem', { name: /^Rotate/ }).click();
                await page.getByRole('dialog').waitFor();
                assert.deepEqual(await faults(page), []);
                await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
                await page.getByRole('dialog').waitFor({ state: 'detached' });
                await page.locator('.token-name').first().click();
                await page.locator('.chart canvas').first().waitFor();
                assert.deepEqual(await faults(page), []);
                await page.getByRole('button', { name: 'Change scopes' }).click();
                await page.getByRole('dialog').getByRole('button', { name: /^Opens \d+ of/ }).click();
                assert.deepEqual(await faults(page), []);
            });
            await page.context().close();
        }
});

test('every page of a portal', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    for (const colorScheme of ['light', 'dark'])
        for (const width of [1280, 390])
            await t.test(`${colorScheme}, ${width}`, async () => {
                const options = { colorScheme, viewport: { width, height: 844 }, reducedMotion: 'reduce' };
                const outside = await openPage(t, browser, options);
                await outside.goto(at.apis.payrequest.portal.address);
                await outside.getByRole('heading', { name: 'Sign in' }).waitFor();
                assert.deepEqual(await faults(outside), []);
                await outside.context().close();
                for (const [api, create] of [['client-portal', null], ['payrequest', 'Create New Token']]) {
                    const page = await atPortal(t, browser, at, api, options);
                    for (const place of ['/', '/account', '/account/tokens', '/nowhere']) {
                        await go(page, place);
                        await page.waitForLoadState('networkidle').catch(() => {});
                        assert.deepEqual(await moved(page), [], place);
                        assert.deepEqual(await faults(page), [], place);
                        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${place} fits`);
                    }
                    if (create) {
                        await go(page, '/account');
                        await page.getByRole('button', { name: create }).click();
                        await page.getByRole('dialog').getByLabel('Select all').waitFor();
                        assert.deepEqual(await faults(page), []);
                    }
                    await page.context().close();
                }
            });
});

test('the pages: their policy, their weight, their copies', async (t) => {
    const at = await demo(t);
    for (const [of, base, host] of [
        ['the console', `http://${at.console}`, at.console],
        ['a portal', at.apis.payrequest.portal.address, new URL(at.apis.payrequest.portal.address).host],
    ])
        await t.test(of, async () => {
            // A name under localhost is this machine's, but fetch() asks a resolver that may not know it.
            const here = new URL(base);
            const ask = (path, headers = {}) =>
                new Promise((resolve, reject) => {
                    http.get({ host: '127.0.0.1', port: here.port, path, headers: { host, ...headers } }, async (answer) => {
                        const parts = [];
                        for await (const part of answer) parts.push(part);
                        resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) });
                    }).on('error', reject);
                });
            const page = await ask(here.pathname);
            const policy = page.headers['content-security-policy'];
            assert.match(policy, /script-src 'self';/);
            assert.match(policy, /frame-ancestors 'none'/);
            assert.doesNotMatch(policy, /unsafe/);
            const nonce = /'nonce-([0-9a-f]{32})'/.exec(policy)[1];
            const html = page.bytes.toString();
            assert.ok(html.includes(nonce));
            assert.notEqual(/'nonce-([0-9a-f]{32})'/.exec((await ask(here.pathname)).headers['content-security-policy'])[1], nonce);
            assert.equal((await ask(here.pathname, { 'if-none-match': page.headers.etag })).status, 304);
            // What signing in needs, and what comes then; charts are loaded when a page first shows one.
            let bytes = html.length;
            const files = [...html.matchAll(/(?:src|href)="([^"]*\/assets\/[^"]+)"/g)].map(([, file]) => file);
            assert.ok(files.length >= 3, html);
            // Before one has signed in there is the form, which stands in the page with its styles, and a few kilobytes that send it.
            assert.match(html, /<form [^]*autocomplete="username"/);
            assert.match(html, new RegExp(`<style nonce="${nonce}">`));
            assert.equal((await Promise.all(files.map((file) => ask(file)))).some((answer) => answer.headers['content-type'].includes('css')), false);
            const door = (await Promise.all(files.map((file) => ask(file, { 'accept-encoding': 'gzip' })))).reduce((sum, answer) => sum + answer.bytes.length, 0);
            assert.ok(door <= 12_000, `${door} bytes before one can sign in`);
            for (let i = 0; i < files.length; ++i) {
                const answer = await ask(files[i], { 'accept-encoding': 'gzip' });
                assert.equal(answer.status, 200, files[i]);
                assert.match(answer.headers['cache-control'], /immutable/);
                bytes += answer.bytes.length;
                if (!files[i].endsWith('.js')) continue;
                for (const [, name] of gunzipSync(answer.bytes).toString().matchAll(/["'`]\.\/([\w-]+\.(?:js|css))["'`]/g)) {
                    const file = `${files[i].slice(0, files[i].lastIndexOf('/'))}/${name}`;
                    if (!name.startsWith('Chart') && !files.includes(file)) files.push(file);
                }
            }
            assert.ok(files.some((file) => /Console|Portal/.test(file)), files.join());
            assert.ok(bytes <= 240_000, `${bytes} bytes at first load`);
            assert.equal((await ask(`${here.pathname.replace(/\/$/, '')}/assets/nothing.js`)).status, 404);
        });
});
