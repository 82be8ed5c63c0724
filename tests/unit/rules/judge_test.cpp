// The judge: C-13's order against an independent one, for every combination of failures; and each rule alone.
#include "allocations.hpp"
#include "rules_support.hpp"
#include "tollgate/rules/judge.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

namespace {

constexpr timestamp kNow{1'800'000'000'000'000};
constexpr atom kApi{1}, kOtherApi{2}, kTest{3}, kLive{4}, kService{5}, kAdmin{6}, kUnknownKind{7};
constexpr std::uint32_t kLiveIndex = 1;

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

std::string said(const verdict& v) {
    if (const auto* no = std::get_if<denied>(&v)) return std::string(to_string(no->why));
    return std::holds_alternative<permit>(v) ? "permit" : "look_up_first";
}

std::string judged(const request_facts& facts, const grant& g) { return said(judge(facts, {lookup::kind::found, &g}, kNow)); }

// One request in the making: facts, look-up and grant, to be spoiled.
struct attempt {
    const world& in;
    request_facts facts;
    lookup found;
    grant g;
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
        {"no such path", "route_not_found", [](attempt& a) { a.facts.match = {}; }},
        {"no such method", "method_not_allowed", [](attempt& a) { a.facts.match = {route_match::kind::method_missing, nullptr, "GET", {}, 0}; }},
        {"another audience", "audience_required", [](attempt& a) { a.g.kind = kAdmin; }},
        {"no second factor", "assurance_required",
            [](attempt& a) {
                if (a.facts.match.found != nullptr) a.facts.match.found = &a.in.stepped_up;
            }},
        {"scope lacking", "scope_required", [](attempt& a) { a.g.scopes = {}; }},
        {"include not allowed", "include_forbidden", [](attempt& a) { a.facts.query = "include=people"; }},
        {"no idempotency key", "idempotency_required", [](attempt& a) { a.facts.has_idempotency_key = false; }},
    };
    return all;
}

// Spoils in the reverse order, so that of two that set the same field the earlier one stands.
std::string judged_with(const world& w, std::uint32_t wrong) {
    auto g = world::good_grant();
    attempt a{w, w.good_facts(), {lookup::kind::found, nullptr}, g};
    for (std::size_t i = failures().size(); i-- > 0;)
        if ((wrong >> i & 1) != 0) failures()[i].spoil(a);
    a.found.found = a.found.outcome == lookup::kind::found ? &a.g : nullptr;
    return said(judge(a.facts, a.found, kNow));
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
    const world w;
    const auto& all = failures();
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = i; j < all.size(); ++j)
            BOOST_TEST(judged_with(w, 1u << i | 1u << j) == all[i].refused, all[i].what << " and " << all[j].what);
}

// 2^23 combinations take a while under sanitizers: every combination of any ten neighbours, beside every set of three.
BOOST_AUTO_TEST_CASE(of_many_failures_the_first_is_the_answer) {
    const world w;
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

// PR-3, PL-3, PA-2: OR of ANDs, inclusion and wildcard on the route's side, full access.
BOOST_AUTO_TEST_CASE(scopes) {
    const world w;
    struct row {
        std::vector<std::vector<std::string>> demanded;  // OR of ANDs
        std::vector<std::string> granted;
        bool full;
        std::string_view expected;
    };
    for (const auto& r : std::vector<row>{
             {{}, {}, false, "permit"},
             {{{}}, {}, false, "permit"},
             {{{"read"}}, {}, false, "scope_required"},
             {{{"read"}}, {"write"}, false, "scope_required"},
             {{{"read"}}, {"read"}, false, "permit"},
             {{{"read"}}, {"boss"}, false, "permit"},
             {{{"boss"}}, {"read", "write"}, false, "scope_required"},
             {{{"read", "write"}}, {"read"}, false, "scope_required"},
             {{{"read", "write"}}, {"read", "write"}, false, "permit"},
             {{{"read", "write"}}, {"boss"}, false, "permit"},
             {{{"people.view"}}, {"boss"}, false, "scope_required"},
             {{{"people.view"}}, {"*"}, false, "permit"},
             {{{"people.view", "write"}, {"read"}}, {"read"}, false, "permit"},
             {{{"people.view", "write"}, {"boss"}}, {"read", "write"}, false, "scope_required"},
             {{{"people.view", "write"}}, {}, true, "permit"},
         }) {
        route at;
        for (const auto& all_of : r.demanded) at.any_of.push_back(w.demanding(all_of));
        auto facts = w.good_facts();
        facts.match.found = &at;
        auto g = world::good_grant();
        g.scopes = {};
        g.full_access = r.full;
        for (const auto& s : r.granted) g.scopes.add(w.of->scope(s).value());
        BOOST_TEST(judged(facts, g) == r.expected);
    }
}

// PL-2
BOOST_AUTO_TEST_CASE(audiences) {
    const world w;
    struct row {
        std::vector<std::string> taken;
        atom kind;
        std::string_view expected;
    };
    for (const auto& r : std::vector<row>{
             {{}, kService, "permit"},
             {{}, kUnknownKind, "permit"},
             {{"service"}, kService, "permit"},
             {{"admin", "service"}, kService, "permit"},
             {{"admin"}, kService, "audience_required"},
             {{"admin"}, kAdmin, "permit"},
             {{"admin"}, kUnknownKind, "audience_required"},
             {{"admin"}, atom::none, "audience_required"},
             {{""}, kUnknownKind, "audience_required"},
         }) {
        auto at = w.guarded;
        at.audiences = r.taken;
        auto facts = w.good_facts();
        facts.match.found = &at;
        auto g = world::good_grant();
        g.kind = r.kind;
        g.full_access = true;  // reaches every scope, not every audience
        BOOST_TEST(judged(facts, g) == r.expected);
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

// PM-4
BOOST_AUTO_TEST_CASE(includes) {
    const world w;
    auto at = w.guarded;
    at.include_scopes = {{"people", "people.view"}, {"items", "read"}, {"product", "write"}, {"ghost", "no.such.scope"}};
    struct row {
        std::string_view query;
        bool allowed;  // to a token with `read` and `people.view`
    };
    for (const auto& r : std::vector<row>{
             {"", true},
             {"a=b&c", true},
             {"include", true},
             {"include=", true},
             {"include=,", true},
             {"include=people", true},
             {"include=items,people", true},
             {"include=items.people", true},
             {"include=people&page=2", true},
             {"page=2&include=people", true},
             {"include=items%2Cpeople", true},
             {"include=items%2epeople", true},
             {"%69nclude=people", true},
             {"includes=product", true},
             {"xinclude=product", true},
             {"Include=product", true},
             {"q=include=product", true},
             {"include=product", false},
             {"include=people,product", false},
             {"include=people,,product", false},
             {"include=items.product", false},
             {"include=product.items", false},
             {"include=items%2Eproduct", false},
             {"include=pr%6Fduct", false},
             {"%69nclude=product", false},
             {"%69%6e%63%6C%75%64%65=product", false},
             {"include=people&include=product", false},
             {"a=1&&include=product", false},
             {"include[]=product", false},
             {"include%5B0%5D=product", false},
             {"include[]=people", true},
             {"+include=product", false},
             {"%20include=product", false},
             {"include%00=product", false},
             {"a=1;include=product", false},
             {"include=people;a=1", false},
             {"include=unknown", false},
             {"include=ghost", false},
             {"include=People", false},
             {"include=items.", false},
             {"include=.items", false},
             {"include=items..people", false},
             {"include=items.,people", false},
             {"include=items,.people", false},
             {"include=+people", false},
             {"include=people%", false},
             {"include=people%2", false},
             {"include=people%zz", false},
             {"include=people%00", false},
             {"include=*", false},
         }) {
        auto facts = w.good_facts();
        facts.match.found = &at;
        facts.query = r.query;
        auto g = world::good_grant();
        g.scopes.add(w.of->scope("people.view").value());
        BOOST_TEST(judged(facts, g) == (r.allowed ? "permit" : "include_forbidden"), r.query);
        facts.match.found = &w.of->self_route;
        BOOST_TEST(judged(facts, g) == "permit", r.query << " on a route that does not map includes");
    }
    auto facts = w.good_facts();
    facts.match.found = &at;
    const auto longest = "include=" + std::string(200, 'a');
    facts.query = longest;
    BOOST_TEST(judged(facts, world::good_grant()) == "include_forbidden");
    auto full = world::good_grant();
    full.full_access = true;
    facts.query = "include=product,people";
    BOOST_TEST(judged(facts, full) == "permit");
    facts.query = "include=ghost";
    BOOST_TEST(judged(facts, full) == "include_forbidden", "nothing is mapped to it");
}

// PL-5, PL-6
BOOST_AUTO_TEST_CASE(idempotency_keys) {
    const world w;
    const std::string longest(255, 'k'), too_long(256, 'k'), quoted = '"' + longest + '"', too_long_quoted = '"' + too_long + '"';
    struct row {
        idempotency_mode mode;
        bool has;
        std::string_view key, expected;
    };
    using enum idempotency_mode;
    for (const auto& r : std::vector<row>{
             {none, false, "", "permit"},
             {none, true, too_long, "permit"},
             {accepted, false, "", "permit"},
             {accepted, true, "k", "permit"},
             {accepted, true, too_long, "idempotency_invalid"},
             {required, false, "", "idempotency_required"},
             {required, true, "k", "permit"},
             {required, true, "", "idempotency_invalid"},
             {required, true, "\"\"", "idempotency_invalid"},
             {required, true, "\"", "permit"},
             {required, true, longest, "permit"},
             {required, true, quoted, "permit"},
             {required, true, too_long, "idempotency_invalid"},
             {required, true, too_long_quoted, "idempotency_invalid"},
         }) {
        auto at = w.guarded;
        at.idempotency = r.mode;
        auto facts = w.good_facts();
        facts.match.found = &at;
        facts.has_idempotency_key = r.has;
        facts.idempotency_key = r.key;
        BOOST_TEST(judged(facts, world::good_grant()) == r.expected, int(r.mode) << " " << r.key);
    }
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
    BOOST_TEST(allocations_so_far() > after, "the counter counts");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
