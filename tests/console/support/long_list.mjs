// long_list.mjs - what the list of many tokens costs in the browser: how much is touched (counts, which say the same anywhere) and how long it
// takes (the clock's, and CPU time of the page's thread, which says nearly the same on a machine that has other things to do).
import { openPage, signedIn } from './console.mjs';

const round = (n) => Math.round(n * 100) / 100;

// What the page's own thread has spent so far, ms of CPU time.
async function meter(page) {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    const parts = { task: 'TaskDuration', script: 'ScriptDuration', layout: 'LayoutDuration', style: 'RecalcStyleDuration' };
    return async () => {
        const { metrics } = await cdp.send('Performance.getMetrics');
        return Object.fromEntries(Object.entries(parts).map(([name, of]) => [name, metrics.find((m) => m.name === of).value * 1000]));
    };
}
const between = (before, after, frames = 1) => Object.fromEntries(Object.keys(before).map((k) => [k, round((after[k] - before[k]) / frames)]));

// From nothing to the form with which one signs in: what came, when it was seen, when one could type, when it did something. The browser runs
// already; the context is new, with an empty cache.
export async function firstLoad(t, browser, at) {
    const page = await openPage(t, browser);
    await page.addInitScript(() => {
        globalThis.seen = {};
        const look = () => {
            const name = document.querySelector('input[autocomplete=username]');
            if (name && document.activeElement === name) seen.one_can_type_ms ??= Math.round(performance.now());
            if (document.querySelector('button[type=submit]:enabled')) seen.one_can_sign_in_ms ??= Math.round(performance.now());
            if (!seen.one_can_type_ms || !seen.one_can_sign_in_ms) requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
        new PerformanceObserver((list) => (seen.largest_paint_ms = Math.round(list.getEntries().at(-1).startTime))).observe({ type: 'largest-contentful-paint', buffered: true });
    });
    const spent = await meter(page);
    const before = await spent();
    await page.goto(`http://${at.console}/`);
    await page.locator('button[type=submit]:enabled').waitFor();
    const cpu_ms = between(before, await spent());
    await page.waitForFunction(() => seen.one_can_type_ms && seen.one_can_sign_in_ms && performance.getEntriesByName('first-contentful-paint').length);
    const loaded = await page.evaluate(() => {
        const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
        const first = Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime);
        return { page_came_ms: Math.round(files[0].responseEnd), first_paint_ms: first, ...seen, requests: files.length, kilobytes: Math.round(files.reduce((sum, f) => sum + f.transferSize, 0) / 1000) };
    });
    await page.context().close();
    return { ...loaded, cpu_ms };
}

// Opens the list, from the overview.
export async function openList(page) {
    await page.waitForLoadState('networkidle');
    const spent = await meter(page);
    const before = await spent();
    const open_ms = await page.evaluate(
        () =>
            new Promise((resolve) => {
                const began = performance.now();
                const look = () => {
                    if (document.querySelectorAll('[data-testid=token]').length < 5) return requestAnimationFrame(look);
                    requestAnimationFrame(() => resolve(Math.round(performance.now() - began)));
                };
                location.hash = '/apis/partner/tokens';
                requestAnimationFrame(look);
            }),
    );
    return { open_ms, cpu_ms: between(before, await spent()) };
}

// Scrolls to the end, so many px a frame, as fast as frames come; `most`: frames.
export async function scrollThrough(page, count, px = 400, most = 40_000) {
    const spent = await meter(page);
    const before = await spent();
    const seen = await page.evaluate(
        async ({ count, px, most }) => {
            const frame = () => new Promise(requestAnimationFrame);
            const rows = document.getElementsByClassName('token-row');
            const gaps = [];
            let held = 0;
            let last = await frame();
            for (let i = 0; i < most; ++i) {
                window.scrollBy(0, px);
                const now = await frame();
                gaps.push(now - last);
                last = now;
                held = Math.max(held, rows.length);
                const { scrollHeight } = document.documentElement;
                if (window.scrollY + innerHeight < scrollHeight - 2) continue;
                if (Number(document.querySelector('[role=table]').getAttribute('aria-rowcount')) > count) break;
            }
            gaps.sort((a, b) => a - b);
            const of = (share) => Math.round(gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] * 10) / 10;
            return {
                rows: Number(document.querySelector('[role=table]').getAttribute('aria-rowcount')) - 1,
                rows_in_the_document: held,
                frames: gaps.length,
                frames_a_second: Math.round((gaps.length * 10_000) / gaps.reduce((a, b) => a + b, 0)) / 10,
                frame_ms: { median: of(0.5), p95: of(0.95), p99: of(0.99), longest: of(1) },
            };
        },
        { count, px, most },
    );
    return { ...seen, cpu_ms_a_frame: between(before, await spent(), seen.frames) };
}

// What is touched while one screen goes by, row for row.
export const touched = (page) =>
    page.evaluate(async () => {
        const frame = () => new Promise(requestAnimationFrame);
        const body = document.querySelector('.token-body');
        const seen = { rows_added: 0, rows_touched: 0, elsewhere: 0 };
        const watch = new MutationObserver((records) => {
            for (const r of records)
                if (r.type === 'childList' && r.target === body) seen.rows_added += r.addedNodes.length;
                else if (body.contains(r.target)) seen.rows_touched += r.attributeName === 'title' ? 0 : 1; // what the pointer is on has its exact time
                else ++seen.elsewhere;
        });
        watch.observe(document.getElementById('root'), { subtree: true, childList: true, attributes: true, characterData: true });
        const height = document.querySelector('[data-testid=token]').offsetHeight;
        const rows_passed = Math.ceil(innerHeight / height);
        for (let i = 0; i < rows_passed; ++i) {
            window.scrollBy(0, height);
            await frame();
        }
        await frame();
        watch.disconnect();
        const nodes_a_row = Math.max(...[...document.querySelectorAll('[data-testid=token]')].map((r) => r.querySelectorAll('*').length + 1));
        return { ...seen, rows_passed, nodes_a_row };
    });

export async function measureList(t, browser, at, count) {
    const first_loads = [];
    for (let i = 0; i < 7; ++i) first_loads.push(await firstLoad(t, browser, at));
    first_loads.sort((a, b) => a.first_paint_ms - b.first_paint_ms);
    const page = await signedIn(t, browser, at);
    const opened = await openList(page);
    const scrolled = {};
    for (const px of [60, 120]) {
        scrolled[`${px} px a frame`] = await scrollThrough(page, count, px, 600);
        await page.evaluate(() => window.scrollTo(0, 0));
    }
    scrolled['400 px a frame, to the end'] = await scrollThrough(page, count);
    await page.evaluate(() => window.scrollTo(0, 20_000));
    const first_load = { median: first_loads[3], fastest: first_loads[0].first_paint_ms, slowest: first_loads[6].first_paint_ms };
    return { tokens: count, first_load, opened, scrolled, one_screen: await touched(page) };
}
