// What a look-up costs in a thread's own memory: a grant that is there, one known to be absent, one that nobody has asked for.
#include "tollgate/registry/grant_reader.hpp"
#include "world.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

namespace tollgate {
namespace {

digest some_digest(repeating_random& random) {
    digest out;
    for (std::size_t i = 0; i < out.bytes.size(); i += sizeof(std::uint64_t)) {
        const auto word = random.next();
        std::memcpy(out.bytes.data() + i, &word, sizeof word);
    }
    return out;
}

std::vector<digest> some_digests(std::size_t count, std::uint64_t seed) {
    repeating_random random(seed);
    std::vector<digest> out(count);
    for (auto& key : out) key = some_digest(random);
    return out;
}

void put(grant_reader& reader, const digest& key, const std::optional<grant>& value) {
    if (reader.begin_read(key) == grant_reader::start::launch) reader.finish_read(key, value);
}

// Keys come in an order of their own, so that the processor cannot guess the next one.
void look_up(benchmark::State& state, grant_reader& reader, const std::vector<digest>& keys, grant_reader::where expected) {
    std::size_t turn = 0;
    for (auto _ : state) {
        const auto found = reader.find(keys[turn]);
        if (found.outcome != expected) return state.SkipWithError("found otherwise");
        benchmark::DoNotOptimize(found.value);
        turn = turn + 1 == keys.size() ? 0 : turn + 1;
    }
}

void cache_hit(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    change_feed feed(1);
    grant_reader reader(feed, 0, count + count / 4);
    const auto keys = some_digests(count, 1);
    for (const auto& key : keys) put(reader, key, grant{});
    look_up(state, reader, keys, grant_reader::where::hit);
}

// As cache_hit, with the hints that a request gives: one some look-ups ahead, one half way there.
void cache_hit_overlapped(benchmark::State& state) {
    constexpr std::size_t ahead = 8;
    const auto count = static_cast<std::size_t>(state.range(0));
    change_feed feed(1);
    grant_reader reader(feed, 0, count + count / 4);
    auto keys = some_digests(count, 1);
    for (const auto& key : keys) put(reader, key, grant{});
    for (std::size_t i = 0; i < ahead; ++i) keys.push_back(keys[i]);
    std::size_t turn = 0;
    for (auto _ : state) {
        reader.expect(keys[turn + ahead]);
        reader.expect_soon(keys[turn + ahead / 2]);
        const auto found = reader.find(keys[turn]);
        if (found.outcome != grant_reader::where::hit) return state.SkipWithError("found otherwise");
        benchmark::DoNotOptimize(found.value);
        turn = turn + 1 == count ? 0 : turn + 1;
    }
}

void cache_absent(benchmark::State& state) {
    change_feed feed(1);
    grant_reader reader(feed, 0);
    const auto keys = some_digests(10'000, 2);
    for (const auto& key : keys) put(reader, key, std::nullopt);
    look_up(state, reader, keys, grant_reader::where::absent);
}

void cache_unknown(benchmark::State& state) {
    change_feed feed(1);
    grant_reader reader(feed, 0);
    for (const auto& key : some_digests(10'000, 3)) put(reader, key, grant{});
    look_up(state, reader, some_digests(10'000, 4), grant_reader::where::must_read);
}

BENCHMARK(cache_hit)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(cache_hit_overlapped)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(cache_absent);
BENCHMARK(cache_unknown);

}  // namespace
}  // namespace tollgate
