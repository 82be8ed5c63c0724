// The judge's rules about what a route demands, one by one: scopes, audiences, includes, idempotency keys.
#include "judge_world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tollgate {

BOOST_AUTO_TEST_SUITE(judge_rules_test)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
