#include "world.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/codec/document.hpp"

#include <cstdio>
#include <memory>
#include <utility>

namespace tollgate {

namespace {

document load(const std::string& name, problem_list& problems) {
    auto doc = load_document(TOLLGATE_SOURCE_DIR "/bench/conf/" + name, problems);
    for (const auto& p : problems.items()) std::fprintf(stderr, "%s\n", p.text().c_str());
    TOLLGATE_CHECK(doc.has_value());
    return *std::move(doc);
}

}  // namespace

std::unique_ptr<api> make_bench_api() {
    problem_list problems;
    auto rules = read_contract(load("contract.yaml", problems), problems);
    TOLLGATE_CHECK(rules.has_value());
    auto compiled = compile_openapi(load("openapi.yaml", problems), *rules, counting_numbers(), {}, problems);
    TOLLGATE_CHECK(compiled.has_value());
    auto out = std::make_unique<api>();
    out->name = "bench";
    out->number = atom{1};
    out->rules = *std::move(rules);
    out->routes = std::move(compiled->routes);
    out->catalogue = std::move(compiled->catalogue);
    out->scope_numbers = std::move(compiled->numbers);
    out->environments = {{"", atom::none, 0}};
    out->kind_numbers = {atom{2}};
    return out;
}

const api& bench_api() {
    static const auto made = make_bench_api();
    return *made;
}

std::string bench_secret(std::uint64_t seed) {
    repeating_random random(seed);
    return std::string(bench_api().rules.kinds.front().compiled.make(0, random).reveal());
}

}  // namespace tollgate
