// Hosts, names, and what an API derives from its scopes.
#include "tollgate/rules/rulebook.hpp"
#include "rules_support.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tollgate {

namespace {

// Numbers are not in the catalogue's order: they are allotted once and kept.
std::unique_ptr<api> acme() {
    auto out = std::make_unique<api>();
    out->name = "acme";
    out->rules = good_contract("scopes: { wildcard: \"*\", implies: { boss: [write, audit], write: [read] } }");
    for (const auto scope : {"read", "write", "audit", "boss", "other"}) out->catalogue.push_back({scope, "", ""});
    out->scope_numbers = {{"other", 0}, {"boss", 70}, {"read", 3}, {"*", 200}, {"audit", 4}, {"write", 5}};
    return out;
}

scope_set set_of(const api& of, const std::vector<std::string>& names) {
    scope_set out;
    for (const auto& n : names) out.add(of.scope(n).value());
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rulebook_test)

BOOST_AUTO_TEST_CASE(hosts_are_matched_exactly) {
    rulebook book;
    const auto& first = book.add(acme());
    auto other = acme();
    other->name = "other";
    const auto& second = book.add(std::move(other));
    BOOST_TEST(book.find("a.example") == nullptr);
    BOOST_TEST(book.add_host("a.example", first, 0));
    BOOST_TEST(book.add_host("b.example", first, 1));
    BOOST_TEST(!book.add_host("a.example", second, 0), "taken");
    BOOST_TEST(book.find("a.example")->of == &first);
    BOOST_TEST(book.find("a.example")->environment == 0u);
    BOOST_TEST(book.find("b.example")->environment == 1u);
    for (const auto host : {"", "*", "x.a.example", "a.example.", "a.exampl", "A.example"}) BOOST_TEST(book.find(host) == nullptr, host);

    BOOST_TEST(book.add_host("*", second, 0));
    BOOST_TEST(!book.add_host("*", first, 0), "taken");
    for (const auto host : {"", "*", "x.a.example"}) BOOST_TEST(book.find(host)->of == &second, host);
    BOOST_TEST(book.find("a.example")->of == &first);
    BOOST_TEST(book.hosts().size() == 3u);
    BOOST_TEST(book.apis().size() == 2u);
    BOOST_TEST(book.by_name("other") == &second);
    BOOST_TEST(book.by_name("nobody") == nullptr);
}

BOOST_AUTO_TEST_CASE(effective_scopes_are_granted_and_implied_in_the_catalogues_order) {
    rulebook book;
    const auto& of = book.add(acme());
    struct row {
        std::vector<std::string> granted;
        bool full;
        std::string_view expected;
    };
    for (const auto& r : std::vector<row>{
             {{}, false, ""},
             {{"read"}, false, "read"},
             {{"write"}, false, "read write"},
             {{"boss"}, false, "read write audit boss"},
             {{"other", "audit"}, false, "audit other"},
             {{"*"}, false, "*"},
             {{"*", "read"}, false, "*"},
             {{}, true, "read write audit boss other"},
             {{"*"}, true, "read write audit boss other"},
         })
        BOOST_TEST(of.effective_scopes(set_of(of, r.granted), r.full) == r.expected);
    scope_set unknown;
    unknown.add(9);
    BOOST_TEST(of.effective_scopes(unknown, false) == "", "a scope that the catalogue no longer has is not passed on");
}

BOOST_AUTO_TEST_CASE(what_satisfies_a_demand) {
    rulebook book;
    const auto& of = book.add(acme());
    BOOST_TEST((*of.satisfying("read") == set_of(of, {"read", "write", "boss", "*"})));
    BOOST_TEST((*of.satisfying("audit") == set_of(of, {"audit", "boss", "*"})));
    BOOST_TEST((*of.satisfying("other") == set_of(of, {"other", "*"})));
    BOOST_TEST(of.satisfying("nobody") == nullptr);
    BOOST_TEST((of.everything == set_of(of, {"read", "write", "audit", "boss", "other", "*"})));
    BOOST_TEST(of.scope("boss").value() == 70);
    BOOST_TEST(!of.scope("nobody").has_value());
    BOOST_TEST(of.scope_name(5) == "write");
    BOOST_TEST(of.scope_name(6) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
