#include "acme.hpp"

#include "registry/plain_text.hpp"
#include "tollgate/codec/text.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace tollgate;
using test::june;
using test::plain;
using test::somebody;

namespace {

constexpr std::int64_t day_us = 86'400'000'000;

// "field; field" of what is wrong, or "ok".
std::string wrong_fields(registry& tokens, const api& of, const create_token& w) {
    std::vector<field_problem> problems;
    const auto made = tokens.create(of, w, somebody, problems);
    if (made) return "ok";
    BOOST_TEST((made.error().kind == errc::invalid), made.error().what);
    std::string all;
    for (const auto& p : problems) all += (all.empty() ? "" : "; ") + p.field;
    return all;
}

template <class F>
create_token with(F&& change) {
    auto w = test::wish();
    change(w);
    return w;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(create_test, test::registry_fixture)

BOOST_AUTO_TEST_CASE(every_wrong_field_is_named) {
    const struct {
        const char* why;
        create_token wish;
        const char* fields;
    } rows[] = {
        {"all good", test::wish(), "ok"},
        {"no name", with([](auto& w) { w.name.clear(); }), "name"},
        {"longest name", with([](auto& w) { w.name.assign(bounds::name_bytes, 'x'); }), "ok"},
        {"a byte too long", with([](auto& w) { w.name.assign(bounds::name_bytes + 1, 'x'); }), "name"},
        {"control character in the name", with([](auto& w) { w.name = "a\nb"; }), "name"},
        {"name that is not UTF-8", with([](auto& w) { w.name = "a\xff"; }), "name"},
        {"name in other letters", with([](auto& w) { w.name = "Schlüssel für 東京"; }), "ok"},
        {"unknown kind", with([](auto& w) { w.kind = "ghost"; }), "kind"},
        {"second kind", with([](auto& w) { w.kind = "person"; }), "ok"},
        {"kind by audience", with([](auto& w) { w.audience = "people"; }), "ok"},
        {"unknown audience", with([](auto& w) { w.audience = "ghosts"; }), "audience"},
        {"audience of another kind", with([](auto& w) { w.kind = "robot", w.audience = "people"; }), "audience"},
        {"no environment", with([](auto& w) { w.environment.clear(); }), "environment"},
        {"unknown environment", with([](auto& w) { w.environment = "moon"; }), "environment"},
        {"no scopes where they are required", with([](auto& w) { w.scopes.clear(); }), "scopes"},
        {"unknown scope, by name and place", with([](auto& w) { w.scopes = {"crates:read", "crates:fly"}; }), "scopes[1]"},
        {"the wildcard", with([](auto& w) { w.scopes = {"*"}; }), "ok"},
        {"an empty scope", with([](auto& w) { w.scopes = {""}; }), "scopes[0]"},
        {"longest tenant", with([](auto& w) { w.tenant.assign(200, 't'); }), "ok"},
        {"tenant too long", with([](auto& w) { w.tenant.assign(201, 't'); }), "tenant"},
        {"a header in the owner", with([](auto& w) { w.owner = "me\r\nX-Role: root"; }), "owner"},
        {"space at an end", with([](auto& w) { w.owner = "me "; }), "owner"},
        {"addresses and blocks", with([](auto& w) { w.allowed_ips = {"10.0.0.0/8", "2001:db8::1", "::ffff:10.0.0.1"}; }), "ok"},
        {"an odd spelling", with([](auto& w) { w.allowed_ips = {"10.0.0.0/8", "010.0.0.1"}; }), "allowed_ips[1]"},
        {"no addresses at all", with([](auto& w) { w.allowed_ips = {"", "10.0.0.0/33", "localhost"}; }),
            "allowed_ips[0]; allowed_ips[1]; allowed_ips[2]"},
        {"as many as may be", with([](auto& w) { w.allowed_ips.assign(bounds::allowed_ips_per_token, "10.0.0.1"); }), "ok"},
        {"one more", with([](auto& w) { w.allowed_ips.assign(bounds::allowed_ips_per_token + 1, "10.0.0.1"); }), "allowed_ips"},
        {"a duration", with([](auto& w) { w.expires_in = "15d"; }), "ok"},
        {"no duration", with([](auto& w) { w.expires_in = "soon"; }), "expires_in"},
        {"a duration of nothing", with([](auto& w) { w.expires_in = "0d"; }), "expires_in"},
        {"a time", with([](auto& w) { w.expires_at = "2026-12-31T00:00:00Z"; }), "ok"},
        {"no time", with([](auto& w) { w.expires_at = "tomorrow"; }), "expires_at"},
        {"a time in the past", with([](auto& w) { w.expires_at = "2020-01-01T00:00:00Z"; }), "expires_at"},
        {"both", with([](auto& w) { w.expires_in = "15d", w.expires_at = "2026-12-31T00:00:00Z"; }), "expires_at"},
        {"further than can be written", with([](auto& w) { w.expires_in = "9000y"; }), "expires_in"},
        {"further than can be reckoned", with([](auto& w) { w.expires_in = "99999999d"; }), "expires_in"},
        {"never, where they never expire", with([](auto& w) { w.expires_in = "never"; }), "ok"},
        {"never, where they do", with([](auto& w) { w.kind = "person", w.expires_in = "never"; }), "expires_in"},
        {"longer than the kind allows", with([](auto& w) { w.kind = "person", w.expires_in = "31d"; }), "expires_in"},
        {"as long as the kind allows", with([](auto& w) { w.kind = "person", w.expires_in = "30d"; }), "ok"},
        {"several at once", with([](auto& w) { w.name.clear(), w.environment.clear(), w.scopes = {"no", "nor"}; }),
            "name; environment; scopes[0]; scopes[1]"},
    };
    for (const auto& row : rows) BOOST_TEST(wrong_fields(*tokens, *of, row.wish) == row.fields, row.why);
}

BOOST_AUTO_TEST_CASE(a_plain_api_has_defaults_and_no_more) {
    const auto other = plain();
    create_token w;
    w.name = "notes";
    std::vector<field_problem> problems;
    const auto made = tokens->create(*other, w, somebody, problems);
    BOOST_REQUIRE(made);
    BOOST_TEST((made->record.scopes == std::vector<std::string>{"notes:read"}));
    BOOST_TEST(made->record.environment == "");
    BOOST_TEST(made->record.kind == "key");
    BOOST_TEST(!made->record.expires_at);
    w.expires_in = "1d";
    BOOST_TEST(wrong_fields(*tokens, *other, w) == "expires_in");
    w.expires_in = "never";
    BOOST_TEST(wrong_fields(*tokens, *other, w) == "ok");
    w.environment = "live";
    BOOST_TEST(wrong_fields(*tokens, *other, w) == "environment");
}

BOOST_AUTO_TEST_CASE(addresses_are_kept_in_one_spelling_and_stand_beside_the_grant) {
    auto w = test::wish();
    w.allowed_ips = {"10.1.2.3/8", "::ffff:10.0.0.0/104", "2001:DB8:0::/32", "203.0.113.7/32", "0.0.0.0/0"};
    const auto made = make(w);
    BOOST_TEST((made.record.allowed_ips == std::vector<std::string>{"10.0.0.0/8", "2001:db8::/32", "203.0.113.7", "0.0.0.0/0"}));
    const auto row = tokens->read(sha256(made.text.reveal())).value();
    BOOST_REQUIRE(row);
    BOOST_TEST(row->restricted_addresses);
    std::vector<std::string> kept;
    for (const auto& block : row->addresses) kept.push_back(block.text());
    BOOST_TEST((kept == made.record.allowed_ips));
    BOOST_TEST(!tokens->read(sha256(make().text.reveal())).value()->restricted_addresses);
}

BOOST_AUTO_TEST_CASE(the_record_says_what_was_wished_and_the_secret_stands_beside_it) {
    auto w = test::wish("nightly");
    w.kind = "person";
    w.tenant = "t-1";
    w.owner = "u-7";
    w.scopes = {"crates:read", "lorries:read", "crates:read"};
    w.expires_in = "15d";
    const auto made = make(w);
    const auto& r = made.record;
    BOOST_TEST(r.api == "acme");
    BOOST_TEST(r.name == "nightly");
    BOOST_TEST(r.audience == "people");
    BOOST_TEST(r.environment == "live");
    BOOST_TEST(r.tenant == "t-1");
    BOOST_TEST(r.owner == "u-7");
    BOOST_TEST((r.scopes == std::vector<std::string>{"crates:read", "lorries:read"}));  // once each
    BOOST_TEST((r.state == token_state::active));
    BOOST_TEST((r.created_at == june));
    BOOST_TEST((r.expires_at == timestamp{june.us + 15 * day_us}));
    BOOST_TEST(r.revision > 0u);
    BOOST_TEST(token_id::parse(r.id).has_value());
    BOOST_REQUIRE(r.generations.size() == 1u);
    const auto text = made.text.reveal();
    BOOST_TEST(text.starts_with("ap_live_"));
    BOOST_TEST((of->rules.kinds[1].compiled.read(text).outcome == token_format::reading::kind::match));
    BOOST_TEST(r.generations[0].digest == hex(sha256(text).bytes));
    BOOST_TEST(r.generations[0].hint.ends_with(text.substr(text.size() - 4)));
    BOOST_TEST(r.generations[0].hint.size() < 20u);
}

BOOST_AUTO_TEST_CASE(an_expiry_is_the_kinds_where_nothing_is_said) {
    auto w = test::wish();
    w.kind = "person";
    BOOST_TEST((make(w).record.expires_at == timestamp{june.us + 30 * day_us}));
    BOOST_TEST(!make().record.expires_at);
}

BOOST_AUTO_TEST_CASE(secrets_and_ids_differ_each_time) {
    std::set<std::string> texts, ids;
    for (int i = 0; i < 50; ++i) {
        const auto made = make();
        texts.emplace(made.text.reveal());
        ids.insert(made.record.id);
    }
    BOOST_TEST(texts.size() == 50u);
    BOOST_TEST(ids.size() == 50u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(plain_text_test)

BOOST_AUTO_TEST_CASE(names_and_header_texts) {
    const struct {
        std::string_view text;
        bool plain, header;
    } rows[] = {
        {"", true, true},
        {"abc", true, true},
        {"a b", true, true},
        {" a", true, false},
        {"~", true, true},
        {"\x7f", false, false},
        {"\t", false, false},
        {std::string_view("\0", 1), false, false},
        {"\xc3\xa9", true, false},          // é
        {"\xc2\x85", false, false},         // next line, a control of C1
        {"\xc0\xaf", false, false},         // overlong
        {"\xe0\x80\xaf", false, false},     // overlong
        {"\xed\xa0\x80", false, false},     // a surrogate
        {"\xf4\x90\x80\x80", false, false}, // beyond Unicode
        {"\xf0\x9f\x9a\x9a", true, false},  // a lorry
        {"\xf0\x9f\x9a", false, false},     // cut
        {"\x80", false, false},
    };
    for (const auto& r : rows) {
        BOOST_TEST(is_plain_text(r.text) == r.plain, printable(r.text));
        BOOST_TEST(is_header_text(r.text) == r.header, printable(r.text));
    }
    BOOST_TEST(printable("a\nb\xff") == "a?b?");
    BOOST_TEST(printable(std::string(100, 'x')) == std::string(64, 'x') + "...");
}

BOOST_AUTO_TEST_SUITE_END()
