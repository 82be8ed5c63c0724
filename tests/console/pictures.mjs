// pictures.mjs - pictures of the console's and the portals' main pages on the real binary, at three widths, light and dark: to look at.
//
//   TOLLGATE_BINARY=… CHROMIUM=… node pictures.mjs DIRECTORY [NAME...]
//
// Run from where the tests are laid out (build-dev/console-tests/tests), after console_setup. NAMEs: only those. Those in the README are
// `tokens-1280-light` and `portal-1280-dark`, in src/control/console/pictures.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { atPortal, browse, call, demo, go, manage, openPage, signedIn } from './support/console.mjs';

const [directory, ...only] = process.argv.slice(2);
if (!directory) throw new Error('usage: node pictures.mjs DIRECTORY [NAME...]');
await mkdir(directory, { recursive: true });

const ends = [];
const t = { after: (end) => ends.push(end) };

// What a gateway holds that has been at work for a while.
async function furnish(at) {
    const make = (api, name, more) => manage(at, 'POST', '/api-tokens', { api, name, ...more });
    const partner = [
        ['Quoting Tool - Production', ['invoices:read', 'invoices:write', 'customers:read']],
        ['Accountant', ['customers:read', 'invoices:read']],
        ['Reconciliation, nightly', ['payments:read', 'payouts:read']],
        ['Refunds desk', ['refunds:write']],
        ['Data warehouse', ['invoices:read', 'payments:read', 'customers:read', 'refunds:read', 'payouts:read', 'webhooks:read']],
        ['Checkout pages', ['hosted_checkout:read', 'hosted_checkout:write']],
    ];
    const made = [];
    for (const [name, scopes] of partner) made.push(await make('partner', name, { scopes }));
    await manage(at, 'POST', `/api-tokens/${made[1].id}/rotate`, { grace: '24h' });
    const all = (await manage(at, 'GET', '/apis/partner/scopes')).data.map((s) => s.name);
    await make('partner', 'Old integration', { scopes: all });
    await manage(at, 'POST', `/api-tokens/${made[3].id}/disable`);
    const old = await make('partner', 'Pilot', { scopes: ['webhooks:read'] });
    await manage(at, 'DELETE', `/api-tokens/${old.id}`);
    await make('partner', 'Trial until Friday', { scopes: ['payments:read'], expires_in: '5d' });
    for (let i = 0; i < 240; ++i) {
        await call(at, 'partner.localhost', ['/invoices', '/invoices/inv_1', '/customers', '/invoices'][i % 4], made[0].token);
        if (i % 6 === 0) await call(at, 'partner.localhost', '/payments', made[2].token);
        if (i % 40 === 0) await call(at, 'partner.localhost', '/payouts', made[0].token);
    }
    for (const name of ['Ada Lovelace', 'Grace Hopper']) await manage(at, 'POST', '/actors', { api: 'paylera', name, tenant: 'acme', environment: 'live' });
    const { owner } = (await manage(at, 'GET', '/api-tokens?api=client-portal')).data[0];
    const dash = await make('client-portal', 'Billing Dashboard', { owner });
    await make('client-portal', 'Home server', { owner });
    for (let i = 0; i < 5; ++i) await call(at, 'portal.localhost', '/api/v1/services', dash.token);
    const mia = (await manage(at, 'GET', '/users?api=payrequest')).data[0];
    const mine = { owner: mia.subject, tenant: mia.tenant };
    await make('payrequest', 'MCP Billing Agent', { ...mine, scopes: ['billing.agent'] });
    await make('payrequest', 'CRM sync', { ...mine, scopes: ['customers.read', 'customers.write'] });
    return made[0].id;
}

try {
    const at = await demo(t);
    const token = await furnish(at);
    const browser = await browse(t);
    const click = (name) => (page) => page.getByRole('button', { name }).first().click();
    const menu = (item) => async (page) => {
        await click(/^More for/)(page);
        if (item) await page.getByRole('menuitem', { name: item }).click();
    };
    const drawn = (page) => page.locator('.chart canvas').first().waitFor();
    const console_ = [
        ['overview', '/', drawn],
        ['tokens', '/apis/partner/tokens'],
        ['create', '/apis/partner/tokens', click('Generate API Key')],
        ['menu', '/apis/partner/tokens', menu()],
        ['rotate', '/apis/paylera/tokens', menu(/^Rotate/)],
        ['revoke', '/apis/partner/tokens', (page) => page.getByTestId('token').filter({ hasText: 'Old integration' }).getByRole('button', { name: /^Revoke/ }).click()],
        ['token', `/tokens/${token}`, drawn],
        ['overview-whole', '/', drawn],
        ['token-whole', `/tokens/${token}`, drawn],
        ['scopes', `/tokens/${token}`, click('Change scopes')],
        ['operators', '/operators'],
        ['user-goes', '/apis/client-portal/users', menu(/^Remove/)],
        ['nothing', '/apis/client-portal/clients'],
        ['routes', '/apis/paylera/routes'],
        ['actors', '/apis/paylera/actors'],
        ['users', '/apis/paymenter/users'],
        ['clients', '/apis/payrequest/clients'],
        ['audit', '/audit'],
    ];
    const portal = [
        ['portal-start', 'client-portal', '/'],
        ['portal', 'payrequest', '/account'],
        ['portal-create', 'payrequest', '/account', click('Create New Token')],
        ['portal-names', 'client-portal', '/account'],
    ];
    for (const colorScheme of ['light', 'dark'])
        for (const width of [390, 1280, 1920]) {
            const wanted = (name) => only.length === 0 || only.includes(`${name}-${width}-${colorScheme}`);
            const options = { colorScheme, viewport: { width, height: width < 700 ? 844 : 800 }, reducedMotion: 'reduce' };
            const take = async (page, name, place, act) => {
                if (!wanted(name)) return;
                await go(page, place);
                if (act) await act(page);
                await page.waitForLoadState('networkidle').catch(() => {});
                const fullPage = name.endsWith('-whole');
                await page.screenshot({ path: path.join(directory, `${name}-${width}-${colorScheme}.png`), animations: 'disabled', fullPage });
                if (act) await page.reload();
            };
            if (console_.some(([name]) => wanted(name))) {
                const page = await signedIn(t, browser, at, options);
                for (const one of console_) await take(page, ...one);
                await page.context().close();
            }
            for (const [name, api, place, act] of portal) {
                if (!wanted(name)) continue;
                const page = await atPortal(t, browser, at, api, options);
                await take(page, name, place, act);
                await page.context().close();
            }
            if (wanted('sign-in')) {
                const page = await openPage(t, browser, options);
                await page.goto(`http://${at.console}/`);
                await page.getByRole('heading', { name: 'Sign in' }).waitFor();
                await page.screenshot({ path: path.join(directory, `sign-in-${width}-${colorScheme}.png`), animations: 'disabled' });
                await page.context().close();
            }
        }
} finally {
    for (const end of ends.reverse()) await end();
}
