// What a decision costs, everything gathered: yes, and no for the last of many reasons.
#include "tollgate/rules/judge.hpp"
#include "world.hpp"

#include <benchmark/benchmark.h>

#include <string_view>
#include <variant>

namespace tollgate {
namespace {

request_facts facts_of(const api& of, std::string_view secret) {
    request_facts facts;
    facts.of = &of;
    facts.secure = true;
    facts.method = "GET";
    facts.path = "/v1/invoices/in_1042";
    facts.match = of.routes.match(facts.method, facts.path);
    facts.presented = {credential::kind::plausible, secret};
    return facts;
}

void judge_request(benchmark::State& state, std::string_view scope, bool allowed) {
    const auto& of = bench_api();
    const auto secret = bench_secret(1);
    const auto facts = facts_of(of, secret);
    grant held;
    held.api = of.number;
    held.kind = of.kind_numbers.front();
    held.state = token_state::active;
    held.scopes.add(of.scope(scope).value());
    const lookup token{lookup::kind::found, &held};
    for (auto _ : state) {
        const auto said = judge(facts, token, timestamp{1'800'000'000'000'000});
        if (std::holds_alternative<permit>(said) != allowed) return state.SkipWithError("judged otherwise");
        benchmark::DoNotOptimize(said);
    }
}

BENCHMARK_CAPTURE(judge_request, permit, "invoices:read", true);
BENCHMARK_CAPTURE(judge_request, scope_required, "customers:read", false);

}  // namespace
}  // namespace tollgate
