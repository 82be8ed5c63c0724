// A list that is long: all of it is reached, and the document holds a screenful. How fast that is, long_list.mjs measures.
import assert from 'node:assert/strict';
import test from 'node:test';
import { browse, demo, measureList } from './support/console.mjs';

test('two thousand tokens in the list', async (t) => {
    const list = await measureList(t, await browse(t), await demo(t), 2000);
    assert.ok(list.rows >= 2000, `${list.rows} rows were reached`);
    assert.ok(list.rows_in_the_document <= 60, `${list.rows_in_the_document} rows at once`);
});
