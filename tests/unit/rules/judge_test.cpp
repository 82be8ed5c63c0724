// The judge: C-13's order against an independent one, for every combination of failures; and each rule alone.
#include "allocations.hpp"
#include "judge_world.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

namespace {

constexpr std::string_view kActor = "actor_00000000000000000000000000";

// An API that looks at everything there is to look at.
struct strict_world : world {
    strict_world() {
        of->rules.versions = {"Acme-Version", "1", {{"1", {}}}};
        of->version_numbers = {atom{20}};
        of->rules.acting_as_header = "Acme-Acting-As";
        of->rules.rate.allowed = {1'000'000, 100};
    }
};

// One request in the making: facts, look-up and grant, to be spoiled.
struct attempt {
    const world& in;
    request_facts facts;
    lookup found;
    grant g;
    lookup actor;
    quota taken = quota::within;
};

struct failing {
    std::string_view what;
    std::string_view refused;
    void (*spoil)(attempt&);
};

// Everything that can be wrong, in C-13's order.
const std::vector<failing>& failures() {
    static const std::vector<failing> all{
        {"plain HTTP", "insecure_transport", [](attempt& a) { a.facts.secure = false; }},
        {"no token", "missing_token", [](attempt& a) { a.facts.presented.what = credential::kind::missing; }},
        {"two headers", "malformed_token", [](attempt& a) { a.facts.presented.what = credential::kind::malformed; }},
        {"text of the other environment", "wrong_environment", [](attempt& a) { a.facts.presented.what = credential::kind::other_environment; }},
        {"junk", "invalid_token", [](attempt& a) { a.facts.presented.what = credential::kind::junk; }},
        {"not looked up", "look_up_first", [](attempt& a) { a.found.outcome = lookup::kind::not_yet; }},
        {"too many look-ups", "overloaded", [](attempt& a) { a.found.outcome = lookup::kind::overloaded; }},
        {"store ill", "store_unavailable", [](attempt& a) { a.found.outcome = lookup::kind::unavailable; }},
        {"unknown token", "invalid_token", [](attempt& a) { a.found.outcome = lookup::kind::absent; }},
        {"another API's token", "invalid_token", [](attempt& a) { a.g.api = kOtherApi; }},
        {"token of the other environment", "wrong_environment", [](attempt& a) { a.g.environment = kTest; }},
        {"revoked", "invalid_token", [](attempt& a) { a.g.state = token_state::revoked; }},
        {"disabled", "disabled_token", [](attempt& a) { a.g.state = token_state::disabled; }},
        {"expired", "expired_token", [](attempt& a) { a.g.expires_at = kNow; }},
        {"rotated", "expired_token", [](attempt& a) { a.g.superseded_at = kNow; }},
        {"bound to addresses", "address_not_allowed", [](attempt& a) { a.g.restricted_addresses = true; }},
        {"not weighed", "weigh_first", [](attempt& a) { a.taken = quota::not_weighed; }},
        {"too often", "rate_limited", [](attempt& a) { a.taken = quota::exceeded; }},
        {"no such path", "route_not_found", [](attempt& a) { a.facts.match = {}; }},
        {"no such method", "method_not_allowed", [](attempt& a) { a.facts.match = {route_match::kind::method_missing, nullptr, "GET", {}, 0}; }},
        {"another audience", "audience_required", [](attempt& a) { a.g.kind = kAdmin; }},
        {"no second factor", "assurance_required",
            [](attempt& a) {
                if (a.facts.match.found != nullptr) a.facts.match.found = &a.in.stepped_up;
            }},
        {"scope lacking", "scope_required", [](attempt& a) { a.g.scopes = {}; }},
        {"include not allowed", "include_forbidden", [](attempt& a) { a.facts.query = "include=people"; }},
        {"unknown version", "version_unknown", [](attempt& a) { a.facts.version = {1, "never"}; }},
        {"actor not looked up", "look_up_actor_first", [](attempt& a) { a.actor.outcome = lookup::kind::not_yet; }},
        {"actor unknown", "actor_unknown", [](attempt& a) { a.actor.outcome = lookup::kind::absent; }},
        {"no idempotency key", "idempotency_required", [](attempt& a) { a.facts.has_idempotency_key = false; }},
    };
    return all;
}

// Spoils in the reverse order, so that of two that set the same field the earlier one stands.
std::string judged_with(const world& w, std::uint32_t wrong) {
    auto g = world::good_grant();
    grant actor;
    actor.state = token_state::active;
    attempt a{w, w.good_facts(), {lookup::kind::found, nullptr}, g, {lookup::kind::found, &actor}};
    a.facts.acting_as = {1, kActor};
    for (std::size_t i = failures().size(); i-- > 0;)
        if ((wrong >> i & 1) != 0) failures()[i].spoil(a);
    a.found.found = a.found.outcome == lookup::kind::found ? &a.g : nullptr;
    return said(judge(a.facts, a.found, kNow, a.actor, a.taken));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(judge_test)

BOOST_AUTO_TEST_CASE(nothing_wrong_is_a_permit) {
    const world w;
    const auto g = world::good_grant();
    const auto v = judge(w.good_facts(), {lookup::kind::found, &g}, kNow);
    BOOST_TEST_REQUIRE(said(v) == "permit");
    BOOST_TEST(&std::get<permit>(v).through() == &w.guarded);
    BOOST_TEST(std::get<permit>(v).by() == &g);
}

BOOST_AUTO_TEST_CASE(of_any_two_failures_the_earlier_is_the_answer) {
    const strict_world w;
    const auto& all = failures();
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = i; j < all.size(); ++j)
            BOOST_TEST(judged_with(w, 1u << i | 1u << j) == all[i].refused, all[i].what << " and " << all[j].what);
}

// 2^28 combinations take a while under sanitizers: every combination of any ten neighbours, beside every set of three.
BOOST_AUTO_TEST_CASE(of_many_failures_the_first_is_the_answer) {
    const strict_world w;
    const auto& all = failures();
    std::size_t wrong_answers = 0;
    std::string example;
    const auto check = [&](std::uint32_t wrong) {
        const auto first = static_cast<std::size_t>(std::countr_zero(wrong));
        const auto answer = judged_with(w, wrong);
        if (answer == all[first].refused) return;
        ++wrong_answers;
        example = answer + " where it is " + std::string(all[first].what);
    };
    for (std::size_t start = 0; start + 10 <= all.size(); ++start)
        for (std::uint32_t set = 1; set < 1024; ++set) check(set << start);
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = i + 1; j < all.size(); ++j)
            for (std::size_t k = j + 1; k < all.size(); ++k) check(1u << i | 1u << j | 1u << k);
    BOOST_TEST(wrong_answers == 0u, wrong_answers << ", such as " << example);
}

BOOST_AUTO_TEST_CASE(a_public_route_asks_for_transport_only) {
    const world w;
    auto facts = w.good_facts();
    facts.match.found = &w.open;
    for (const auto presented : {credential::kind::missing, credential::kind::malformed, credential::kind::junk, credential::kind::other_environment,
             credential::kind::plausible}) {
        facts.presented.what = presented;
        const auto v = judge(facts, {}, kNow);
        BOOST_TEST_REQUIRE(said(v) == "permit");
        BOOST_TEST(&std::get<permit>(v).through() == &w.open);
        BOOST_TEST(std::get<permit>(v).by() == nullptr);
    }
    facts.secure = false;
    BOOST_TEST(said(judge(facts, {}, kNow)) == "insecure_transport");
    w.of->rules.https_only = false;
    BOOST_TEST(said(judge(facts, {}, kNow)) == "permit");
}

BOOST_AUTO_TEST_CASE(what_no_operation_covers_takes_any_valid_token_where_the_api_says_so) {
    const world w;
    w.of->unlisted = unlisted_mode::forward;
    auto g = world::good_grant();
    g.scopes = {};
    g.kind = kUnknownKind;
    auto facts = w.good_facts();
    facts.has_idempotency_key = false;
    for (const auto outcome : {route_match::kind::none, route_match::kind::method_missing}) {
        facts.match = {};
        facts.match.outcome = outcome;
        const auto v = judge(facts, {lookup::kind::found, &g}, kNow);
        BOOST_TEST_REQUIRE(said(v) == "permit");
        BOOST_TEST(&std::get<permit>(v).through() == &w.of->self_route);
        facts.presented.what = credential::kind::missing;
        BOOST_TEST(said(judge(facts, {}, kNow)) == "missing_token");
        facts.presented.what = credential::kind::plausible;
    }
    g.state = token_state::revoked;
    BOOST_TEST(judged(facts, g) == "invalid_token");
}

BOOST_AUTO_TEST_CASE(the_local_operator_is_routed_and_nothing_else) {
    const world w;
    auto facts = w.good_facts();
    facts.local_operator = true;
    facts.presented = {};
    BOOST_TEST(said(judge(facts, {}, kNow)) == "missing_token", "an API that does not trust its peer");
    w.of->trusts_caller_identity = true;
    const auto v = judge(facts, {}, kNow);
    BOOST_TEST_REQUIRE(said(v) == "permit");
    BOOST_TEST(std::get<permit>(v).by() == nullptr);
    facts.match = {};
    BOOST_TEST(said(judge(facts, {}, kNow)) == "route_not_found");
    facts.match.outcome = route_match::kind::method_missing;
    BOOST_TEST(said(judge(facts, {}, kNow)) == "method_not_allowed");
    facts.local_operator = false;
    BOOST_TEST(said(judge(facts, {}, kNow)) == "missing_token", "an API that trusts its peer, and another peer");
}

// C-16: what lacks a scope, an include or an audience is noted; everything else stands, in its place.
BOOST_AUTO_TEST_CASE(an_api_that_does_not_enforce_notes_what_it_would_refuse) {
    const strict_world w;
    w.of->enforced = false;
    grant actor;
    actor.state = token_state::active;
    for (const auto& f : failures()) {
        auto g = world::good_grant();
        attempt a{w, w.good_facts(), {lookup::kind::found, &g}, g, {lookup::kind::found, &actor}};
        a.facts.acting_as = {1, kActor};
        f.spoil(a);
        a.found.found = a.found.outcome == lookup::kind::found ? &a.g : nullptr;
        const bool soft = f.refused == "audience_required" || f.refused == "scope_required" || f.refused == "include_forbidden";
        const auto v = judge(a.facts, a.found, kNow, a.actor, a.taken);
        BOOST_TEST(said(v) == (soft ? "permit" : f.refused), f.what);
        if (const auto* yes = std::get_if<permit>(&v)) BOOST_TEST(to_string(yes->would_refuse().value_or(refusal::overloaded)) == f.refused, f.what);
    }
    const world plain;
    plain.of->enforced = false;
    auto g = world::good_grant();
    auto facts = plain.good_facts();
    const auto fine = judge(facts, {lookup::kind::found, &g}, kNow);
    BOOST_TEST(!std::get<permit>(fine).would_refuse().has_value());
    g.scopes = {};
    g.kind = kAdmin;
    facts.query = "include=people";
    const auto several = judge(facts, {lookup::kind::found, &g}, kNow);
    BOOST_TEST((std::get<permit>(several).would_refuse() == refusal::audience_required), "the first, in C-13's order");
    facts.has_idempotency_key = false;
    BOOST_TEST(judged(facts, g) == "idempotency_required");
}

BOOST_AUTO_TEST_CASE(what_the_gateway_answers_itself_is_enforced_all_the_same) {
    const world w;
    w.of->enforced = false;
    auto own = w.guarded;
    own.handler = "tokens.create";
    auto facts = w.good_facts();
    facts.match.found = &own;
    auto g = world::good_grant();
    BOOST_TEST(judged(facts, g) == "permit");
    g.scopes = {};
    BOOST_TEST(judged(facts, g) == "scope_required");
    g.kind = kAdmin;
    BOOST_TEST(judged(facts, g) == "audience_required");
}

BOOST_AUTO_TEST_CASE(a_list_of_addresses_lets_in_who_is_on_it) {
    const world w;
    auto g = world::good_grant();
    g.restricted_addresses = true;
    const ip_block list[] = {*ip_block::parse("10.0.0.0/8"), *ip_block::parse("2001:db8::1")};
    auto facts = w.good_facts();
    const auto from = [&](const char* address, std::span<const ip_block> addresses) {
        facts.client = *ip_address::parse(address);
        return said(judge(facts, {lookup::kind::found, &g, addresses}, kNow));
    };
    BOOST_TEST(from("10.1.2.3", list) == "permit");
    BOOST_TEST(from("::ffff:10.1.2.3", list) == "permit");
    BOOST_TEST(from("2001:db8::1", list) == "permit");
    BOOST_TEST(from("2001:db8::2", list) == "address_not_allowed");
    BOOST_TEST(from("11.0.0.1", list) == "address_not_allowed");
    BOOST_TEST(from("10.1.2.3", {}) == "address_not_allowed", "a list that holds nobody");
    g.restricted_addresses = false;
    BOOST_TEST(from("11.0.0.1", {}) == "permit");
}

BOOST_AUTO_TEST_CASE(ends_are_exclusive) {
    const world w;
    struct row {
        timestamp expires_at, superseded_at;
        std::string_view expected;
    };
    for (const auto& r : std::vector<row>{
             {{0}, {0}, "permit"},
             {{kNow.us + 1}, {kNow.us + 1}, "permit"},
             {{kNow.us}, {0}, "expired_token"},
             {{kNow.us - 1}, {0}, "expired_token"},
             {{0}, {kNow.us}, "expired_token"},
             {{kNow.us + 1}, {kNow.us - 1}, "expired_token"},
         }) {
        auto g = world::good_grant();
        g.expires_at = r.expires_at;
        g.superseded_at = r.superseded_at;
        BOOST_TEST(judged(w.good_facts(), g) == r.expected);
    }
}

BOOST_AUTO_TEST_CASE(an_api_without_environments_takes_tokens_without_one) {
    const world w;
    w.of->environments = {environment{}};
    auto facts = w.good_facts();
    facts.environment = 0;
    auto g = world::good_grant();
    BOOST_TEST(judged(facts, g) == "wrong_environment", "made before the contract lost its environments");
    g.environment = atom::none;
    BOOST_TEST(judged(facts, g) == "permit");
    facts.environment = 1;
    BOOST_TEST(judged(facts, g) == "wrong_environment", "no such environment");
}

BOOST_AUTO_TEST_CASE(a_denial_says_at_which_route) {
    const world w;
    auto g = world::good_grant();
    g.scopes = {};
    const auto v = judge(w.good_facts(), {lookup::kind::found, &g}, kNow);
    BOOST_TEST_REQUIRE(said(v) == "scope_required");
    BOOST_TEST(std::get<denied>(v).at == &w.guarded);
}

BOOST_AUTO_TEST_CASE(without_an_api_there_is_no_permit) { BOOST_TEST(said(judge({}, {}, kNow)) == "host_unknown"); }

BOOST_AUTO_TEST_CASE(judging_allocates_nothing) {
    const world w;
    auto facts = w.good_facts();
    facts.query = "page=1&include=people,people.people&x=%41%20";
    auto g = world::good_grant();
    g.scopes.add(w.of->scope("people.view").value());
    const std::string header = "Bearer ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2a";
    const auto before = allocations_so_far();
    facts.presented = read_credential(1, header, *w.of, kLiveIndex);
    const auto v = judge(facts, {lookup::kind::found, &g}, kNow);
    const auto after = allocations_so_far();
    BOOST_TEST(said(v) == "permit");
    BOOST_TEST(after == before);
    BOOST_TEST(std::make_unique<int>(1) != nullptr);
    BOOST_TEST((!allocations_are_counted() || allocations_so_far() > after), "the counter counts");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
