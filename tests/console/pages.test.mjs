// Every page of the console under axe, light and dark, wide and narrow: nothing serious. And what it weighs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test from 'node:test';
import { browse, demo, go, signedIn } from './support/console.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const places = ['/', '/audit', '/operators', '/apis/partner/tokens', '/apis/paylera/routes', '/apis/paylera/actors', '/apis/paymenter/users', '/apis/paymenter/clients', '/nowhere'];

async function faults(page) {
    const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations);
    return found.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
}

test('every page', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    for (const colorScheme of ['light', 'dark'])
        for (const width of [1280, 390]) {
            const page = await signedIn(t, browser, at, { colorScheme, viewport: { width, height: 844 }, reducedMotion: 'reduce' });
            await page.evaluate(axe);
            for (const place of places)
                await t.test(`${place}, ${colorScheme}, ${width}`, async () => {
                    await go(page, place);
                    await page.waitForLoadState('networkidle').catch(() => {});
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
                await page.locator('.token-name').first().click();
                await page.locator('.chart canvas').first().waitFor();
                assert.deepEqual(await faults(page), []);
            });
            await page.context().close();
        }
});

test('the page: its policy, its weight, its copies', async (t) => {
    const at = await demo(t);
    const base = `http://${at.console}`;
    const page = await fetch(base);
    const policy = page.headers.get('content-security-policy');
    assert.match(policy, /script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    const nonce = /'nonce-([0-9a-f]{32})'/.exec(policy)[1];
    const html = await page.text();
    assert.ok(html.includes(nonce));
    assert.notEqual(/'nonce-([0-9a-f]{32})'/.exec((await fetch(base)).headers.get('content-security-policy'))[1], nonce);
    const again = await fetch(base, { headers: { 'if-none-match': page.headers.get('etag') } });
    assert.equal(again.status, 304);
    let bytes = html.length;
    for (const [, file] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
        const answer = await fetch(base + file, { headers: { 'accept-encoding': 'gzip' } });
        assert.equal(answer.status, 200);
        assert.match(answer.headers.get('cache-control'), /immutable/);
        bytes += Number(answer.headers.get('content-length'));
    }
    assert.ok(bytes <= 240_000, `${bytes} bytes at first load`);
    assert.equal((await fetch(`${base}/assets/nothing.js`)).status, 404);
});
