// What it costs to go from an Authorization header to the key of the look-up.
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/rules/credential.hpp"
#include "world.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace tollgate {
namespace {

void token_read(benchmark::State& state, bool spoiled, credential::kind expected) {
    auto value = "Bearer " + bench_secret(1);
    if (spoiled) value.back() = value.back() == 'a' ? 'b' : 'a';
    const auto& of = bench_api();
    for (auto _ : state) {
        const auto read = read_credential(1, value, of, 0);
        if (read.what != expected) return state.SkipWithError("read otherwise");
        benchmark::DoNotOptimize(read.text.data());
    }
}

void token_sha256(benchmark::State& state) {
    const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) benchmark::DoNotOptimize(sha256(text));
}

BENCHMARK_CAPTURE(token_read, good, false, credential::kind::plausible);
BENCHMARK_CAPTURE(token_read, junk, true, credential::kind::junk);
BENCHMARK(token_sha256)->Arg(50)->Arg(200);

}  // namespace
}  // namespace tollgate
