// console.mjs - `tollgate demo` as a child process, and its console in a browser with somebody signed in.
//
// Lifetime: what is started here ends with the test that it was given to (`t.after`). Whatever the page's policy refuses, whatever it throws
// or logs as an error, fails the test at its end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function demo(t) {
    const child = spawn(process.env.TOLLGATE_BINARY, ['demo', '--gateway', '127.0.0.1:0', '--console', '127.0.0.1:0', '--json'], {
        stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    t.after(async () => {
        child.kill('SIGTERM');
        await ended;
    });
    for await (const line of readline.createInterface({ input: child.stdout })) if (line.startsWith('{')) return JSON.parse(line);
    throw new Error('the demo does not start');
}

export async function browse(t) {
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    t.after(() => browser.close());
    return browser;
}

// A page that fails the test at its end for whatever its policy refuses, it throws, or logs as an error. `expected`: statuses of requests that
// the test means to be refused.
export async function openPage(t, browser, { expected = [], ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'], ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints = [];
    page.on('pageerror', (e) => complaints.push(String(e)));
    page.on('console', (m) => {
        const refused = /status of (\d+)/.exec(m.text());
        if (refused && (refused[1] === '401' || expected.includes(Number(refused[1])))) return; // nobody is signed in at first
        if (m.type() === 'error' || m.type() === 'warning') complaints.push(m.text());
    });
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`)));
    await page.addInitScript(() => {
        globalThis.shifts = [];
        const where = (node) => (node instanceof Element ? `${node.tagName.toLowerCase()}.${node.className}` : String(node?.nodeName));
        new PerformanceObserver((list) => {
            for (const e of list.getEntries())
                if (!e.hadRecentInput) shifts.push({ by: e.value, what: e.sources.map((s) => `${where(s.node)} ${s.previousRect.y} to ${s.currentRect.y}`) });
        }).observe({ type: 'layout-shift', buffered: true });
    });
    t.after(() => assert.deepEqual(complaints, []));
    return page;
}

// What moved in the page without its reader's doing since the last look; as the Layout Instability API counts it, over a hundredth.
export const moved = (page) => page.evaluate(() => shifts.splice(0).filter((s) => s.by > 0.01));

// A page at the console, signed in as the demo's owner.
export async function signedIn(t, browser, at, options) {
    const page = await openPage(t, browser, options);
    await page.goto(`http://${at.console}/`);
    await page.getByLabel('User name').fill(at.operator.user_name);
    await page.locator('input[autocomplete=current-password]').fill(at.operator.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    return page;
}

// A page at the portal of an API of the demo, signed in; `who` is the demo's user, or { user_name, password }.
export async function atPortal(t, browser, at, api, { who = at.apis[api].portal, ...options } = {}) {
    const page = await openPage(t, browser, options);
    await page.goto(at.apis[api].portal.address);
    await page.getByLabel('User name or email').fill(who.user_name);
    await page.locator('input[autocomplete=current-password]').fill(who.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: /^Hello/, level: 1 }).waitFor();
    return page;
}

// A program of the command line, run to its end on the demo's socket.
export const tollgate = (at, ...args) =>
    new Promise((resolve, reject) => {
        const child = spawn(process.env.TOLLGATE_BINARY, [...args, '--socket', at.socket], { stdio: ['pipe', 'pipe', 'pipe'] });
        const said = { out: '', err: '' };
        child.stdout.on('data', (d) => (said.out += d));
        child.stderr.on('data', (d) => (said.err += d));
        child.on('error', reject);
        child.on('close', (code) => (code === 0 ? resolve(said.out) : reject(new Error(said.err))));
        child.stdin.end();
    });

// A call of the management API on the demo's socket, as the operator.
export const manage = (at, method, where, body) =>
    new Promise((resolve, reject) => {
        const sent = http.request({ socketPath: at.socket, method, path: `/v1/admin${where}`, headers: { 'content-type': 'application/json' } }, async (answer) => {
            let text = '';
            for await (const part of answer) text += part;
            if (answer.statusCode >= 400) reject(new Error(`${method} ${where}: ${text}`));
            else resolve(text ? JSON.parse(text) : {});
        });
        sent.on('error', reject);
        sent.end(body ? JSON.stringify(body) : undefined);
    });

// Another user of an API.
export async function newUser(at, api, email, password = 'correct horse battery') {
    await manage(at, 'POST', '/users', { api, email, password });
    return { user_name: email, password };
}

// RFC 6238, of a secret in base32; `later`: steps of 30 s.
export function oneTimeCode(secret, later = 0) {
    let bits = '';
    for (const letter of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
    const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)))).update(counter).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export const go = async (page, place) => {
    await page.evaluate((to) => (location.hash = to), place);
    await page.locator('.page').waitFor();
};

// What axe finds serious in the page as it stands.
export async function faults(page) {
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
    const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations);
    return found.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
}

// What the gateway answers to a call of an API of the demo.
export const call = (at, host, path, token) =>
    new Promise((resolve, reject) => {
        const [address, port] = at.gateway.split(':');
        const sent = http.request({ host: address, port, path, headers: { host, authorization: `Bearer ${token}` } }, (answer) => {
            answer.resume();
            answer.on('end', () => resolve(answer.statusCode));
        });
        sent.on('error', reject);
        sent.end();
    });

// The row of a token.
export const row = (page, name) => page.getByTestId('token').filter({ hasText: name });

// Copies the text that is shown once, and says that it is stored.
export async function store(page) {
    const dialog = page.getByRole('dialog');
    const shown = await dialog.getByTestId('secret').textContent();
    await dialog.getByRole('button', { name: /^Copy/ }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
    await page.keyboard.press('Escape');
    assert.ok(await dialog.isVisible(), 'it does not go by accident');
    assert.ok(await dialog.getByRole('button', { name: 'Done' }).isDisabled());
    await dialog.getByLabel('I have stored it').check();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal((await page.content()).includes(shown), false, 'nothing of it stays in the page');
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href);
    assert.equal(kept.includes(shown), false);
    return shown;
}

// Records of the partner's, brought in over the command line.
async function importTokens(at, records) {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'tollgate-import-'));
    try {
        const file = path.join(directory, 'tokens.ndjson');
        await writeFile(file, records.map((r) => JSON.stringify(r)).join('\n') + '\n');
        await tollgate(at, 'import', '--api', 'partner', file);
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

const digestOf = (text) => createHash('sha256').update(text).digest('hex');

// A key of the partner's from before there were scopes. Its text is another gateway's.
export async function importKey(t, at, name) {
    const text = (await demo(t)).apis.partner.token;
    await importTokens(at, [{ name, generations: [{ number: 1, digest: digestOf(text), hint: `pk_…${text.slice(-4)}` }] }]);
    const [listed] = JSON.parse(await tollgate(at, 'token', 'list', '--api', 'partner', '--q', name, '--json'));
    return { text, id: listed.id };
}

// So many tokens go into the partner's list, by an import of digests that nobody has a text for.
export const importMany = (at, count) =>
    importTokens(
        at,
        Array.from({ length: count }, (_, i) => ({
            name: `Integration ${String(i).padStart(5, '0')}`,
            generations: [{ number: 1, digest: digestOf(`${at.socket} ${i}`), hint: `pk_…${String(i).padStart(4, '0').slice(-4)}` }],
            scopes: ['invoices:read', 'customers:read'],
        })),
    );

// Goes by Tab alone to what is called so; the field's label counts as its name.
export async function tabTo(page, wanted, most = 60) {
    for (let i = 0; i < most; ++i) {
        await page.keyboard.press('Tab');
        const names = await page.evaluate(() => {
            const on = document.activeElement;
            return [on?.getAttribute('aria-label'), on?.labels?.[0]?.textContent, on?.textContent].filter(Boolean);
        });
        if (names.some((name) => wanted.test(name))) return;
    }
    throw new Error(`no way to ${wanted}`);
}
