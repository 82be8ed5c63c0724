// What a look-up costs that no thread's memory answers: tokens in the index, and tokens that nobody ever issued.
//
// The store is filled by an import of TOLLGATE_MICRO_TOKENS records (default 100,000; 10 million take minutes), whose pace, the time
// until its tables are merged, bytes a token, and the time that closing and opening take are printed as counters. TOLLGATE_MICRO_STORE names a
// directory that keeps the store: another run finds it filled.
#include "store.hpp"
#include "world.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>
#include <vector>

namespace tollgate {
namespace {

using seconds = std::chrono::duration<double>;
using std::chrono::steady_clock;

const char* text_of(const char* variable, const char* otherwise) {
    const char* is = std::getenv(variable);
    return is != nullptr ? is : otherwise;
}

std::string known(std::size_t i) { return fmt::format("known {}", i); }

struct filled_store : bench_store {
    filled_store() : bench_store(text_of("TOLLGATE_MICRO_STORE", "")) {
        count = std::strtoull(text_of("TOLLGATE_MICRO_TOKENS", "100000"), nullptr, 10);
        TOLLGATE_CHECK(count > 0);
        const auto mark = home / fmt::format("filled-with-{}", count);
        if (!std::filesystem::exists(mark)) fill();
        if (is_kept) std::ofstream{mark};
        const auto closing = steady_clock::now();
        tokens.reset();
        const auto closed = steady_clock::now();
        open();
        close_seconds = seconds(closed - closing).count();
        open_seconds = seconds(steady_clock::now() - closed).count();
        TOLLGATE_CHECK(tokens->known().wait());  // its thread reads the whole index, for some seconds
    }
    void fill() {
        rulebook book;
        book.add(make_bench_api());
        import_options how;
        how.book = &book;
        const auto begin = steady_clock::now();
        std::vector<std::future<void>> calls;
        for (std::size_t i = 0; i < calls_at_once; ++i)
            calls.push_back(std::async(std::launch::async, [&] {
                for (std::size_t at; (at = next.fetch_add(lines_at_once)) < count;) import_some(at, std::min(count, at + lines_at_once), how);
            }));
        for (auto& c : calls) c.get();
        import_seconds = seconds(steady_clock::now() - begin).count();
        settle();
    }
    // As a minute later: tables are merged, until their files stay what they are.
    void settle() {
        const auto begin = steady_clock::now();
        TOLLGATE_CHECK(tokens->write_out().has_value());
        for (std::uint64_t before = 0, same = 0; same < 10; std::this_thread::sleep_for(std::chrono::milliseconds(200))) {
            const auto now = bytes_on_disk();
            same = now == before ? same + 1 : 0;
            before = now;
        }
        settle_seconds = seconds(steady_clock::now() - begin).count();
    }
    void import_some(std::size_t from, std::size_t to, const import_options& how) const {
        std::string lines;
        for (auto i = from; i < to; ++i)
            lines += fmt::format(
                "{{\"api\":\"bench\",\"name\":\"load {0}\",\"kind\":\"service\",\"owner\":\"customer {1}\",\"scopes\":[\"invoices:read\","
                "\"customers:read\"],\"generations\":[{{\"number\":1,\"digest\":\"{2}\",\"hint\":\"bench_…wxyz\"}}]}}\n",
                i, i / 10, hex(sha256(known(i)).bytes));
        const auto report = tokens->import_lines(lines, how, {"operator:0", "unix"});
        if (!report) std::fprintf(stderr, "%s\n", report.error().what.c_str());
        else if (!report->problems.empty()) std::fprintf(stderr, "%s: %s\n", report->problems[0].field.c_str(), report->problems[0].what.c_str());
        TOLLGATE_CHECK(report && report->imported == to - from);
    }

    static constexpr std::size_t lines_at_once = 5'000, calls_at_once = 3;  // as `tollgate import` has them under way
    std::size_t count = 0;
    std::atomic<std::size_t> next{0};
    double import_seconds = 0, settle_seconds = 0, close_seconds = 0, open_seconds = 0;
};

filled_store& filled() {
    static filled_store store;
    return store;
}

void report(benchmark::State& state, const filled_store& store) {
    state.counters["tokens"] = static_cast<double>(store.count);
    if (store.import_seconds > 0) {
        state.counters["imported/s"] = static_cast<double>(store.count) / store.import_seconds;
        state.counters["settle_s"] = store.settle_seconds;
    }
    state.counters["close_s"] = store.close_seconds;
    state.counters["open_s"] = store.open_seconds;
    state.counters["bytes/token"] = static_cast<double>(store.bytes_on_disk()) / static_cast<double>(store.count);
}

void index_hit(benchmark::State& state) {
    auto& store = filled();
    repeating_random random(1);
    std::vector<digest> keys;
    for (std::size_t i = 0; i < 100'000; ++i) keys.push_back(sha256(known(random.next() % store.count)));
    for (const auto& key : keys) benchmark::DoNotOptimize(store.tokens->read(key));  // into the page cache
    std::size_t turn = 0;
    for (auto _ : state) {
        const auto found = store.tokens->read(keys[turn++ % keys.size()]);
        if (!found || !*found) return state.SkipWithError("not found");
    }
    report(state, store);
}

void index_unknown(benchmark::State& state) {
    auto& store = filled();
    std::vector<digest> keys;
    for (std::size_t i = 0; i < 100'000; ++i) keys.push_back(sha256(fmt::format("unknown {}", i)));
    std::size_t turn = 0, reads = 0;
    for (auto _ : state) {  // as a request has it: a read where the filter is not sure
        const auto& key = keys[turn++ % keys.size()];
        if (!store.tokens->known().maybe(key)) continue;
        ++reads;
        const auto found = store.tokens->read(key);
        if (!found || *found) return state.SkipWithError("found what was never issued");
    }
    state.counters["reads"] = benchmark::Counter(static_cast<double>(reads), benchmark::Counter::kAvgIterations);
}

void index_unknown_read(benchmark::State& state) {
    auto& store = filled();
    std::vector<digest> keys;
    for (std::size_t i = 0; i < 100'000; ++i) keys.push_back(sha256(fmt::format("unknown {}", i)));
    std::size_t turn = 0;
    for (auto _ : state) {
        const auto found = store.tokens->read(keys[turn++ % keys.size()]);
        if (!found || *found) return state.SkipWithError("found what was never issued");
    }
}

BENCHMARK(index_hit);
BENCHMARK(index_unknown);
BENCHMARK(index_unknown_read);

}  // namespace
}  // namespace tollgate
