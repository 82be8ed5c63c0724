// console.mjs - `tollgate demo` as a child process, and its console in a browser with somebody signed in.
//
// Lifetime: what is started here ends with the test that it was given to (`t.after`). Whatever the page's policy refuses, whatever it throws
// or logs as an error, fails the test at its end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

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

// A page at the console, signed in as the demo's owner. `expected`: statuses of requests that the test means to be refused.
export async function signedIn(t, browser, at, { expected = [], ...options } = {}) {
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
    t.after(() => assert.deepEqual(complaints, []));
    await page.goto(`http://${at.console}/`);
    await page.getByLabel('User name').fill(at.operator.user_name);
    await page.locator('input[autocomplete=current-password]').fill(at.operator.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    return page;
}

export const go = async (page, place) => {
    await page.evaluate((to) => (location.hash = to), place);
    await page.locator('.page').waitFor();
};

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
