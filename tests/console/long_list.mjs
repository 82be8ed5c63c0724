// long_list.mjs - the list of ten thousand tokens in Chromium: first load, opening, scrolling. Figures, not a verdict: what is a gate is a
// count, in long_list.test.mjs.
//
//   TOLLGATE_BINARY=… CHROMIUM=… node long_list.mjs [TOKENS]
//
// Run from where the tests are laid out (build-dev/console-tests/tests), after console_setup. bench/RESULTS.md has the last figures.
import { browse, demo, measureList } from './support/console.mjs';

const ends = [];
const t = { after: (end) => ends.push(end) };
try {
    const at = await demo(t);
    console.log(JSON.stringify(await measureList(t, await browse(t), at, Number(process.argv[2] ?? 10_000)), null, 2));
} finally {
    for (const end of ends.reverse()) await end();
}
