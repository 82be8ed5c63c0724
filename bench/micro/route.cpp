// What it costs to find a route: the canonical path, and the table with few and many routes.
#include "tollgate/codec/path.hpp"
#include "tollgate/rules/route_table.hpp"
#include "world.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace tollgate {
namespace {

// Shapes of a large payments API: /v1/<noun>, /v1/<noun>/{id}, /v1/<noun>/{id}/<part>, /v1/<noun>/{id}/<part>/{id}.
struct many_routes {
    explicit many_routes(std::size_t count) {
        std::string other;
        for (std::size_t i = 0; i < count; ++i) {
            const auto noun = "/v1/noun_" + std::to_string(i / 4);
            const std::string templates[] = {noun, noun + "/{id}", noun + "/{id}/part", noun + "/{id}/part/{part}"};
            const std::string paths[] = {noun, noun + "/id_1042", noun + "/id_1042/part", noun + "/id_1042/part/p_9"};
            route r;
            r.method = "GET";
            r.path = templates[i % 4];
            table.add(std::move(r), other);
            wanted.push_back(paths[i % 4]);
        }
        table.seal();
        repeating_random random(7);
        for (auto& path : wanted) std::swap(path, wanted[random.next() % wanted.size()]);
    }
    route_table table;
    std::vector<std::string> wanted;
};

void route_match_found(benchmark::State& state) {
    const many_routes routes(static_cast<std::size_t>(state.range(0)));
    std::size_t turn = 0;
    for (auto _ : state) {
        const auto match = routes.table.match("GET", routes.wanted[turn]);
        if (match.outcome != route_match::kind::found) return state.SkipWithError("not found");
        benchmark::DoNotOptimize(match.found);
        turn = turn + 1 == routes.wanted.size() ? 0 : turn + 1;
    }
}

void route_not_found(benchmark::State& state) {
    const many_routes routes(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        const auto match = routes.table.match("GET", "/v1/noun_1/id_1042/other");
        if (match.outcome == route_match::kind::found) return state.SkipWithError("found");
        benchmark::DoNotOptimize(match.found);
    }
}

void route_canonical_path(benchmark::State& state, std::string_view raw) {
    std::string scratch;
    for (auto _ : state) {
        const auto path = canonical_path(raw, scratch);
        if (!path.ok) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(path.path.data());
    }
}

BENCHMARK(route_match_found)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(route_not_found)->Arg(1000);
BENCHMARK_CAPTURE(route_canonical_path, plain, "/v1/invoices/in_1042/lines");
BENCHMARK_CAPTURE(route_canonical_path, escaped, "/v1/invoices/in%5F1042/lines%20of%20it");

}  // namespace
}  // namespace tollgate
