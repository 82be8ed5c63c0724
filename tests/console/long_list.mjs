// long_list.mjs - the list of ten thousand tokens in Chromium: first load, opening, scrolling. Figures, not a verdict: what is a gate are
// counts, in long_list.test.mjs.
//
//   TOLLGATE_BINARY=… CHROMIUM=… node long_list.mjs [TOKENS]
//
// Run from where the tests are laid out (build-dev/console-tests/tests), after console_setup. bench/RESULTS.md has the last figures.
import { browse, demo, importMany } from './support/console.mjs';
import { measureList } from './support/long_list.mjs';

const count = Number(process.argv[2] ?? 10_000);
const ends = [];
const t = { after: (end) => ends.push(end) };
try {
    const at = await demo(t);
    await importMany(at, count);
    console.log(JSON.stringify(await measureList(t, await browse(t), at, count), null, 2));
} finally {
    for (const end of ends.reverse()) await end();
}
