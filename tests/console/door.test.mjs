// Signing in: before any code has come, with a second factor, and where it does not go well.
import assert from 'node:assert/strict';
import test from 'node:test';
import { browse, demo, faults, go, manage, oneTimeCode, openPage, signedIn } from './support/console.mjs';

const password = (page) => page.locator('input[autocomplete=current-password]');
const fillIn = async (page, who) => {
    await page.getByLabel('User name').fill(who.user_name);
    await password(page).fill(who.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
};

test('the door', async (t) => {
    const at = await demo(t);
    const browser = await browse(t);
    const address = `http://${at.console}/`;

    for (const [of, where] of [
        ['the console', address],
        ['a portal', at.apis.payrequest.portal.address],
    ])
        await t.test(`${of}: one can type before any code has come`, async () => {
            const page = await openPage(t, browser);
            const held = [];
            await page.route('**/assets/*', (route) => held.push(route)); // until it is seen that nothing of them was needed
            await page.goto(where, { waitUntil: 'commit' });
            await page.getByRole('heading', { name: 'Sign in' }).waitFor();
            await page.keyboard.type('somebody'); // the field has the focus
            assert.match(await page.getByLabel('User name').inputValue(), /somebody$/);
            assert.equal(await page.locator('.sign-in-card').evaluate((card) => getComputedStyle(card).borderTopLeftRadius), '14px', 'it has its styles');
            await password(page).fill('secret');
            await page.keyboard.press('Enter'); // does nothing yet; least of all put it into an address
            assert.equal(page.url(), where);
            await page.unroute('**/assets/*');
            for (const route of held) await route.continue();
            await page.locator('button[type=submit]:enabled').waitFor();
            assert.match(await page.getByLabel('User name').inputValue(), /somebody$/, 'what was typed stays');
            assert.equal(await password(page).inputValue(), 'secret');
            await page.context().close();
        });

    await t.test('a password that is wrong is said to be; it can be looked at', async () => {
        const page = await openPage(t, browser);
        await page.goto(address);
        await fillIn(page, { ...at.operator, password: 'wrong' });
        await page.getByRole('alert').getByText('is wrong').waitFor();
        assert.deepEqual(await faults(page), []);
        await page.getByRole('button', { name: 'Show' }).click();
        assert.equal(await page.getByLabel('Password').getAttribute('type'), 'text');
        assert.equal(await page.getByRole('button', { name: 'Hide' }).getAttribute('aria-pressed'), 'true');
        await fillIn(page, { ...at.operator });
        await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
        assert.equal(page.url().includes(at.operator.password), false);
        await page.context().close();
    });

    await t.test('a second factor, by keyboard', async () => {
        const who = { user_name: 'ada', password: 'correct horse battery' };
        const { id } = await manage(at, 'POST', '/users', { api: 'tollgate', role: 'viewer', ...who });
        const { secret } = (await manage(at, 'POST', `/users/${id}/totp`, {})).totp;
        await manage(at, 'POST', `/users/${id}/totp/confirm`, { code: oneTimeCode(secret, -1) }); // of the step before: this one's is left
        const page = await openPage(t, browser);
        await page.goto(address);
        await page.locator('button[type=submit]:enabled').waitFor();
        await page.keyboard.type(who.user_name);
        await page.keyboard.press('Tab');
        await page.keyboard.type(who.password);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Your second factor' }).waitFor();
        assert.deepEqual(await faults(page), []);
        await page.getByRole('button', { name: 'Back' }).click();
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        await password(page).press('Enter'); // it is still there
        await page.getByRole('heading', { name: 'Your second factor' }).waitFor();
        await page.keyboard.type('000000');
        await page.keyboard.press('Enter');
        await page.getByRole('alert').getByText('is wrong').waitFor();
        await page.getByLabel('Code').fill(oneTimeCode(secret));
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
        assert.equal(await page.getByRole('link', { name: 'Audit' }).count(), 1);
        await go(page, '/apis/partner/tokens');
        assert.equal(await page.getByRole('button', { name: 'Generate API Key' }).count(), 0, 'who looks on makes none');
        await page.context().close();
    });

    await t.test('a session that ended elsewhere: the door, and then where one was', async () => {
        const page = await signedIn(t, browser, at);
        await go(page, '/apis/partner/routes');
        await page.getByRole('heading', { name: 'Routes', level: 1 }).waitFor();
        for (const s of (await manage(at, 'GET', '/sessions?api=tollgate')).data) await manage(at, 'DELETE', `/sessions/${s.id}`);
        await page.evaluate(() => (location.hash = '/audit')); // the page may be gone before one has looked at it
        await page.getByRole('heading', { name: 'Sign in' }).waitFor();
        await fillIn(page, at.operator);
        await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
        await page.context().close();
    });

    await t.test('a gateway that cannot say who is signed in: why, and once more', async () => {
        const page = await signedIn(t, browser, at, { expected: [503] });
        await page.route('**/session', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Temporarily unavailable","status":503}' }));
        await page.reload();
        await page.getByRole('alert').getByText('Temporarily unavailable').waitFor();
        assert.equal(await page.getByLabel('User name').count(), 0);
        assert.deepEqual(await faults(page), []);
        await page.unroute('**/session');
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
        await page.context().close();
    });
});
