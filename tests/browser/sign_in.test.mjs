// A user meets the sign-in page, the second factor and the consent in a real browser, and comes back to the application with a code.
import assert from 'node:assert/strict';
import { createHmac, createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import test from 'node:test';
import { chromium } from 'playwright-core';
import { gateway } from './support/gateway.mjs';

const password = 'correct horse battery';
const contract = 'name: Acme\nscopes: { default: [ notes.read ] }\n';
const document = `
openapi: 3.1.0
info: { title: Acme, version: '1' }
security: [ { token: [] } ]
paths:
  /notes: { get: { security: [ { token: [ notes.read ] } ], responses: {} } }
  /oauth/authorize:
    get: { security: [], x-tollgate-handler: oauth.authorize, responses: {} }
    post: { security: [], x-tollgate-handler: oauth.authorize, responses: {} }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { notes.read: Read your notes, notes.write: Change your notes }
`;

// RFC 6238, of the secret in base32.
function code(secret, later = 0) {
    let bits = '';
    for (const letter of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
    const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + later));
    const mac = createHmac('sha1', key).update(counter).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// The application: what comes back to it, without the icon that a browser asks for of itself.
async function application(t) {
    const came = [];
    const server = http.createServer((request, response) => {
        const url = new URL(request.url, 'http://127.0.0.1');
        if (url.pathname !== '/callback') return response.writeHead(404).end(); // the browser asks for an icon, when it likes
        came.push(url);
        response.setHeader('content-type', 'text/html').end('<!doctype html><title>Application</title><p>Welcome back.');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return { uri: `http://127.0.0.1:${server.address().port}/callback`, came };
}

async function done(promise) {
    const { code: ended, out, err } = await promise;
    assert.equal(ended, 0, err);
    return out.trim();
}

test('sign-in, second factor, consent, redirect', async (t) => {
    const app = await application(t);
    const g = await gateway(t, {
        apis: '  - { name: acme, hosts: [ acme.localhost ], contract: c.yaml, openapi: d.yaml, upstream: { servers: [ "http://127.0.0.1:9" ] } }\n',
        files: { 'c.yaml': contract, 'd.yaml': document },
    });
    const user = await done(g.cli(['user', 'add', '--api', 'acme', '--email', 'ada@example.org', '--password'], { input: password + '\n' }));
    const secret = await done(g.cli(['user', 'totp', user]));
    await done(g.cli(['user', 'totp', user, '--confirm', code(secret, -1)])); // of the step before, so that this one's is left
    const made = JSON.parse(await done(g.cli(['client', 'add', '--api', 'acme', '--name', 'Notes <App>', '--redirect-uri', app.uri, '--json'])));

    const challenge = createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url');
    const asked = new URL(`http://acme.localhost:${g.port}/oauth/authorize`);
    const parameters = { response_type: 'code', client_id: made.id, redirect_uri: app.uri, scope: 'notes.read notes.write', state: 's & t',
        code_challenge: challenge, code_challenge_method: 'S256', acr_values: 'aal2' };
    for (const [name, value] of Object.entries(parameters)) asked.searchParams.set(name, value);

    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'], timeout: 120_000 });
    t.after(() => browser.close());
    const context = await browser.newContext({ colorScheme: 'dark' });
    context.setDefaultTimeout(120_000); // a busy machine is no failure
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (m) => m.type() === 'error' && !m.text().startsWith('Failed to load resource') && complaints.push(m.text()));
    page.on('pageerror', (e) => complaints.push(String(e)));

    await page.goto(asked.href);
    assert.equal(await page.title(), 'Sign in');
    const dark = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    assert.notEqual(await page.evaluate('getComputedStyle(document.body).backgroundColor'), dark);
    await page.setViewportSize({ width: 320, height: 640 });
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= 320'), 'fits a small telephone');

    await page.getByLabel('User name or email').fill('ada@example.org');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.match(await page.getByRole('alert').innerText(), /wrong/);
    assert.equal(await page.getByLabel('User name or email').inputValue(), 'ada@example.org');
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'Second factor' }).waitFor();
    assert.equal((await context.cookies()).length, 0, 'half a sign-in is none');
    await page.getByLabel('Code').fill(code(secret));
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: /wants access/ }).waitFor();
    assert.equal(page.url(), asked.href, 'reloading sends no password again');
    const text = await page.getByRole('main').innerText();
    for (const says of ['Notes <App> wants access to your Acme account', 'Read your notes', 'Change your notes', 'ada@example.org']) assert.ok(text.includes(says), text);
    const [cookie] = await context.cookies();
    assert.equal(cookie.name, '__Host-tollgate-portal');
    assert.deepEqual([cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path], [true, true, 'Lax', '/']);
    assert.equal(await page.evaluate('document.cookie'), '');
    assert.equal(app.came.length, 0);

    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(app.uri + '?**');
    assert.equal(await page.title(), 'Application');
    const back = app.came[0].searchParams;
    assert.match(back.get('code'), /^[A-Za-z0-9_-]{43}$/);
    assert.equal(back.get('state'), 's & t');
    assert.equal(back.get('iss'), asked.origin);

    // Who is signed in already is asked for the consent alone, and may say no.
    await page.goto(asked.href);
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(app.uri + '?**');
    assert.equal(app.came.at(-1).searchParams.get('error'), 'access_denied');

    assert.deepEqual(complaints, []);
});
