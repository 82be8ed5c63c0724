// A list that is long: all of it is reached, the document holds a screenful, and a row that stays in sight is left alone. How fast that is,
// long_list.mjs measures.
import assert from 'node:assert/strict';
import test from 'node:test';
import { browse, demo, importMany, signedIn, tabTo } from './support/console.mjs';
import { openList, scrollThrough, touched } from './support/long_list.mjs';

test('two thousand tokens in the list', async (t) => {
    const at = await demo(t);
    await importMany(at, 2000);
    const page = await signedIn(t, await browse(t), at);
    await openList(page);

    await t.test('all are reached, a screenful is there', async () => {
        const { rows, rows_in_the_document } = await scrollThrough(page, 2000);
        assert.ok(rows >= 2000, `${rows} rows were reached`);
        assert.ok(rows_in_the_document <= 40, `${rows_in_the_document} rows at once`);
    });

    await t.test('what one screen costs', async () => {
        await page.evaluate(() => window.scrollTo(0, 20_000));
        await page.locator('[role=row][aria-rowindex="300"]').waitFor();
        const seen = await touched(page);
        assert.equal(seen.rows_touched, 0, 'a row that stays is not drawn anew');
        assert.equal(seen.elsewhere, 0, 'nor is what stands around the rows');
        assert.ok(seen.rows_added <= seen.rows_passed + 8, `${seen.rows_added} rows came while ${seen.rows_passed} went by`);
        assert.ok(seen.nodes_a_row <= 26, `${seen.nodes_a_row} nodes a row`);
    });

    await t.test('by keyboard, from row to row, in the order of the list', async () => {
        const indices = [];
        await page.locator('.token-name').nth(4).focus();
        for (let i = 0; i < 30; ++i) {
            await tabTo(page, /^Integration \d+$/, 6);
            indices.push(await page.evaluate(() => Number(document.activeElement.closest('[role=row]').getAttribute('aria-rowindex'))));
        }
        assert.deepEqual(indices, indices.map((_, i) => indices[0] + i));
    });
});
