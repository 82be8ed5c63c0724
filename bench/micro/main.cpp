// bench_micro - what the steps of one request cost, one by one, on Google Benchmark.
//
//   head     read_request_head, read_response_head: slicing, framing, guard
//   route    canonical_path and route_table::match, 10 to 1,000 routes
//   token    read_credential (format and checksum) and sha256 of a secret
//   cache    grant_reader::find: hit, known to be absent, not known; 10,000 to 1 million grants
//   judge    judge: permit and refusal
//   index    registry::read: a token of TOLLGATE_MICRO_TOKENS (100,000), one that was never issued; import, bytes a token, opening
//   ledger   registry::create by 1 and 32 callers, beside the bare disk
//
// One topic:  build/bench/bench_micro --benchmark_filter=route
// Times here are for comparing one change with another on one machine; gates are elsewhere (bench/README.md).
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
