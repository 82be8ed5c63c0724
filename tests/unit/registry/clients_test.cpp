// OAuth clients: who may be one, and whether a secret is a client's.
#include "acme.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/registry/clients.hpp"
#include "tollgate/registry/users.hpp"

#include <string>
#include <vector>

using namespace tollgate;

namespace {

struct clients_fixture : test::registry_fixture {
    client_directory clients{*tokens};
    std::vector<field_problem> problems;

    created_client add(const create_client& wish) {
        auto made = clients.add(*of, wish, test::somebody, problems);
        BOOST_REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
        return std::move(*made);
    }
    result<oauth_client> change(const oauth_client& c, const update_client& wish) {
        return clients.update(*of, c.id, wish, "client.update", test::somebody, problems);
    }
    bool opens(const oauth_client& c, std::string_view secret_text, std::string_view of_api = "acme") {
        return clients.authenticate(of_api, c.id, secret_text).has_value();
    }
};

const create_client kWeb{.name = "Web", .redirect_uris = {"https://app.example/cb"}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(clients_test, clients_fixture)

BOOST_AUTO_TEST_CASE(a_secret_opens_its_own_client_alone) {
    const auto web = add(kWeb), other = add(kWeb);
    const std::string text(web.text.reveal());
    BOOST_TEST(web.record.secret_digest.find(text) == std::string::npos);
    BOOST_TEST((web.record.grants == std::vector<std::string>{"authorization_code", "refresh_token"}));
    BOOST_TEST(opens(web.record, text));
    BOOST_TEST(!opens(web.record, text, "plain"));
    BOOST_TEST(!opens(other.record, text));
    BOOST_TEST(!opens(web.record, ""));
    BOOST_TEST(!opens(web.record, text.substr(1)));
    BOOST_TEST((clients.authenticate("acme", "cli_00000000000000000000000000", text).error().kind == errc::refused), "unknown looks like wrong");
    const auto renewed = clients.renew_secret(web.record.id, test::somebody).value();
    BOOST_TEST(!opens(web.record, text));
    BOOST_TEST(opens(web.record, renewed.text.reveal()));
    update_client wish;
    wish.state = account_state::disabled;
    BOOST_TEST(change(web.record, wish).has_value());
    BOOST_TEST(!opens(web.record, renewed.text.reveal()));
    for (const auto& e : tokens->audit(20).value())
        for (const auto& secret_text : {text, std::string(renewed.text.reveal()), web.record.secret_digest})
            BOOST_TEST(e.details.find(secret_text) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_public_client_has_no_secret) {
    auto wish = kWeb;
    wish.confidential = false;
    const auto made = add(wish);
    BOOST_TEST(made.text.empty());
    BOOST_TEST(opens(made.record, ""));
    BOOST_TEST(!opens(made.record, "x"));
    BOOST_TEST((clients.renew_secret(made.record.id, test::somebody).error().kind == errc::wrong_state));
}

BOOST_AUTO_TEST_CASE(the_index_says_what_a_client_may) {
    auto wish = kWeb;
    wish.scopes = {"crates:read"};
    const auto narrow = add(wish), wide = add(kWeb);
    const auto row = [&](const created_client& c) { return tokens->read(index_key({"client", c.record.id})).value().value(); };
    BOOST_TEST(row(narrow).scopes.has(tokens->scope_number_of("acme", "crates:read").value()));
    BOOST_TEST(!row(narrow).full_access);
    BOOST_TEST(row(wide).full_access);
    BOOST_TEST((row(narrow).api == tokens->atoms().find("acme").value()));
    update_client ends;
    ends.end_tokens = true;
    BOOST_TEST(change(narrow.record, ends)->epoch == 2u);
    BOOST_TEST(row(narrow).epoch == 2u);
    update_client removes;
    removes.state = account_state::removed;
    BOOST_TEST(change(narrow.record, removes)->removed_at.has_value());
    BOOST_TEST((row(narrow).state == token_state::revoked));
    removes.state = account_state::active;
    BOOST_TEST((change(narrow.record, removes).error().kind == errc::wrong_state));
    BOOST_TEST(clients.list({.api = "acme"})->clients.size() == 1u);
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_named) {
    const struct {
        create_client wish;
        std::string field;  // empty: good
    } rows[] = {
        {{}, "name"},
        {{.name = "x"}, "environment"},
        {{.name = "x", .environment = "live"}, ""},
        {{.name = "x", .environment = "moon"}, "environment"},
        {{.name = "x", .confidential = false, .grants = {"client_credentials"}, .environment = "live"}, "grants"},
        {{.name = "x", .grants = {"implicit"}}, "grants[0]"},
        {{.name = "x", .grants = {"authorization_code"}}, "redirect_uris"},
        {{.name = "x", .redirect_uris = {"https://a.example/"}, .scopes = {"moon:read"}}, "scopes[0]"},
        {{.name = "x", .redirect_uris = std::vector<std::string>(11, "https://a.example/")}, "redirect_uris"},
    };
    for (const auto& r : rows) {
        const auto made = clients.add(*of, r.wish, test::somebody, problems);
        BOOST_TEST(made.has_value() == r.field.empty(), r.field);
        BOOST_TEST((problems.empty() ? "" : problems.front().field) == r.field);
    }
}

BOOST_AUTO_TEST_CASE(a_redirect_uri_leads_where_it_says) {
    for (const std::string uri : {"https://app.example/cb", "https://app.example:8443/cb?x=1", "http://127.0.0.1:8765/cb", "http://[::1]/cb",
             "http://localhost:3000/cb", "com.example.app:/cb"})
        BOOST_TEST(clients.add(*of, {.name = "x", .redirect_uris = {uri}}, test::somebody, problems).has_value(), uri);
    for (const std::string uri :
        {"http://app.example/cb", "https://app.example/cb#f", "https://", "https:///cb", "/cb", "app.example/cb", "javascript:alert(1)",
            "data:text/html,x", "https://u:p@app.example/", "https://app.example/\r\nX: y", "https://app.example/ü", "https://app.example/a b",
            "HTTPS://app.example/", "https://app.example\\@evil.example/", "http://127.0.0.1.evil.example/", "http://localhost@evil.example/"})
        BOOST_TEST(!clients.add(*of, {.name = "x", .redirect_uris = {uri}}, test::somebody, problems).has_value(), uri);
}

BOOST_AUTO_TEST_SUITE_END()
