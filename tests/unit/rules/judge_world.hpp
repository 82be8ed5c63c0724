// judge_world.hpp - an API, a route that demands all there is to demand, and a request that nothing is wrong with.
#pragma once

#include "rules_support.hpp"
#include "tollgate/rules/judge.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tollgate {

inline constexpr timestamp kNow{1'800'000'000'000'000};
inline constexpr atom kApi{1}, kOtherApi{2}, kTest{3}, kLive{4}, kService{5}, kAdmin{6}, kUnknownKind{7};
inline constexpr std::uint32_t kLiveIndex = 1;

// An API with two environments and two kinds, and a route that demands everything there is to demand.
struct world {
    world() {
        auto made = std::make_unique<api>();
        made->name = "acme";
        made->number = kApi;
        made->rules = good_contract(
            "environments: [test, live]\n"
            "transport: https_only\n"
            "tokens:\n"
            "  - { kind: service, audience: service, format: \"ak_{environment}_{random:32}\" }\n"
            "  - { kind: admin, audience: admin, format: \"ak_{environment}_{random:32}\" }\n"
            "scopes: { wildcard: \"*\", implies: { boss: [read, write] } }\n");
        made->environments = {{"test", kTest, 0}, {"live", kLive, 0}};
        made->kind_numbers = {kService, kAdmin};
        made->scope_numbers = {{"read", 1}, {"write", 2}, {"boss", 3}, {"*", 4}, {"people.view", 5}};
        of = &book.add(std::move(made));
        guarded.any_of = {demanding({"read"})};
        guarded.audiences = {"service"};
        guarded.include_scopes = {{"people", "people.view"}};
        guarded.idempotency = idempotency_mode::required;
        stepped_up = guarded;
        stepped_up.assurance = 2;
        open.is_public = true;
    }

    [[nodiscard]] demand demanding(const std::vector<std::string>& scopes) const {
        demand out;
        for (const auto& s : scopes) out.all_of.push_back({s, *of->satisfying(s)});
        return out;
    }

    // A request that nothing is wrong with, and its token.
    [[nodiscard]] request_facts good_facts() const {
        request_facts facts;
        facts.of = of;
        facts.environment = kLiveIndex;
        facts.secure = true;
        facts.method = "GET";
        facts.path = "/things";
        facts.presented = {credential::kind::plausible, "x"};
        facts.match.outcome = route_match::kind::found;
        facts.match.found = &guarded;
        facts.has_idempotency_key = true;
        facts.idempotency_key = "once";
        return facts;
    }

    [[nodiscard]] static grant good_grant() {
        grant g;
        g.api = kApi;
        g.environment = kLive;
        g.kind = kService;
        g.state = token_state::active;
        g.scopes.add(1);
        return g;
    }

    rulebook book;
    api* of = nullptr;
    route guarded, stepped_up, open;
};

inline std::string said(const verdict& v) {
    if (const auto* no = std::get_if<denied>(&v)) return std::string(to_string(no->why));
    if (std::holds_alternative<look_up_actor_first>(v)) return "look_up_actor_first";
    if (std::holds_alternative<weigh_first>(v)) return "weigh_first";
    return std::holds_alternative<permit>(v) ? "permit" : "look_up_first";
}

inline std::string judged(const request_facts& facts, const grant& g) { return said(judge(facts, {lookup::kind::found, &g}, kNow)); }

}  // namespace tollgate
