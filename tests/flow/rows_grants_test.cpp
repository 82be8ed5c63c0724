// Users' grants: rows PR-4, PR-8, PM-9, PM-10, PL-11 and T-5's second half.
#include "clocked.hpp"
#include "oauth.hpp"
#include "tollgate/registry/authorizations.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <map>
#include <thread>

using namespace tollgate;
using namespace tollgate::test;
using tollgate::test::socket;

BOOST_AUTO_TEST_SUITE(grants)

namespace {

const std::string kEmail = "john@example.test", kPassword = "correct horse battery staple";

// Paymenter's users and programs.
struct paymenter_world : clocked {
    user john = make_user(g, "paymenter", kEmail, kPassword);
    program_of app = make_client(g, "paymenter", {.name = "Portal", .grants = {"password", "refresh_token"}});
    const std::string host = "paymenter.test", path = "/api/oauth/token";

    [[nodiscard]] parameters signing_in() const {
        return {{"grant_type", "password"}, {"client_id", app.record.id}, {"client_secret", app.secret_text}, {"username", kEmail},
            {"password", kPassword}, {"scope", "profile"}};
    }
    message ask(const parameters& body) { return post_form(g, host, path, body); }
    message refresh(const std::string& token) {
        return ask({{"grant_type", "refresh_token"}, {"refresh_token", token}, {"client_id", app.record.id}, {"client_secret", app.secret_text}});
    }
    // Whether it is let through where no scope is demanded.
    bool active(const std::string& token) {
        const auto got = post_form(g, host, "/api/oauth/introspect", {{"token", token}}, basic(app.record.id, app.secret_text));
        return member(parsed(got.body), "active") == json::value(true);
    }
};

parameters with(parameters from, const std::string& name, const std::string& value) {
    for (auto& [n, v] : from)
        if (n == name) v = value;
    return from;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(row_PM_9, paymenter_world) {
    const auto got = ask(signing_in());
    const auto body = parsed(got.body).as_object();
    granted(got);
    BOOST_TEST(body.size() == 4u);  // exactly the documented members
    BOOST_TEST(text_at(body, "token_type") == "Bearer");
    BOOST_TEST(member(body, "expires_in").as_int64() == 31'536'000);
    BOOST_TEST(!refresh_of(got).empty());
    json::object as_json;
    for (const auto& [name, value] : signing_in()) as_json[name] = value;
    const auto json_answer = post(g, host, path, "Content-Type: application/json\r\n", json::serialize(as_json));
    const auto token = granted(json_answer);
    BOOST_TEST(active(token));
    const auto me = call(host, "/api/me", token);
    BOOST_TEST(me.status() == 200u);
    BOOST_TEST(text_at(parsed(me.body), "email") == kEmail);
    auto unasked = signing_in();
    unasked.pop_back();
    BOOST_TEST(text_at(parsed(ask(unasked).body), "scope") == "profile");  // the default, and the only one
    BOOST_TEST(error_of(ask(with(signing_in(), "scope", "users.view"))) == "invalid_scope");
    check_answer(call(host, "/api/v1/admin/users", token),
        {403, lacks("users.view"), kJson, R"({"error":"You do not have permission to access this resource."})"}, "a user is no admin");

    const auto wrong = ask(with(signing_in(), "password", "wrong"));
    const auto unknown = ask(with(signing_in(), "username", "nobody@example.test"));
    BOOST_TEST(wrong.status() == 400u);
    BOOST_TEST(error_of(wrong) == "invalid_grant");
    BOOST_TEST(unknown.status() == 400u);
    BOOST_TEST(unknown.body == wrong.body);
    const auto stranger = ask(with(signing_in(), "client_secret", "wrong"));
    BOOST_TEST(stranger.status() == 401u);
    BOOST_TEST(error_of(stranger) == "invalid_client");
    BOOST_TEST(stranger.field("WWW-Authenticate").starts_with("Basic"));
    BOOST_TEST(error_of(ask(with(signing_in(), "client_id", "cli_00000000000000000000000000"))) == "invalid_client");
    BOOST_TEST(error_of(ask(with(signing_in(), "grant_type", "client_credentials"))) == "unsupported_grant_type");
    BOOST_TEST(error_of(ask(with(signing_in(), "username", ""))) == "invalid_request");
    unsigned slowed = 0;
    for (int i = 0; i < 20 && slowed == 0; ++i)
        if (const auto again = ask(with(signing_in(), "password", "guess")); again.status() == 429u)
            slowed = again.field("Retry-After").empty() ? 0 : 429;
    BOOST_TEST(slowed == 429u);
    BOOST_TEST(active(token));  // who has a token is not kept out by somebody who guesses
}

BOOST_FIXTURE_TEST_CASE(row_PM_10, paymenter_world) {
    const auto first = ask(signing_in());
    const auto second = refresh(refresh_of(first));
    BOOST_TEST(member(parsed(second.body), "expires_in").as_int64() == 31'536'000);
    BOOST_TEST(refresh_of(second) != refresh_of(first));
    const auto access = granted(second);
    BOOST_TEST(active(access));
    BOOST_TEST(active(granted(first)));  // the one before is as good until it ends
    const auto third = refresh(refresh_of(second));
    BOOST_TEST(active(granted(third)));
    const auto reuse = refresh(refresh_of(first));
    BOOST_TEST(reuse.status() == 400u);
    BOOST_TEST(error_of(reuse) == "invalid_grant");
    BOOST_TEST(error_of(refresh(refresh_of(third))) == "invalid_grant");  // the family has ended
    for (const auto& token : {granted(first), access, granted(third)}) {
        BOOST_TEST(!active(token));
        BOOST_TEST(status(host, "/api/v1/admin/users", token) == 401u);
    }
    BOOST_TEST(g.log.text().find("a spent refresh token was presented") != std::string::npos);
    const auto events = g.tokens().audit(10).value();
    BOOST_TEST(std::ranges::count(events, "authorization.reuse", &audit_event::action) == 1);
    BOOST_TEST(error_of(refresh("pmrt_junk")) == "invalid_grant");
    const auto other = make_client(g, "paymenter", {.name = "Other", .grants = {"password", "refresh_token"}});
    const auto mine = ask(signing_in());
    const auto theirs = ask(
        {{"grant_type", "refresh_token"}, {"refresh_token", refresh_of(mine)}, {"client_id", other.record.id}, {"client_secret", other.secret_text}});
    BOOST_TEST(error_of(theirs) == "invalid_grant");
    BOOST_TEST(refresh(refresh_of(mine)).status() == 200u);  // and that spent nothing
}

// RFC 7009, and what ends with a user or a client.
BOOST_FIXTURE_TEST_CASE(what_ends_takes_its_tokens_along, paymenter_world) {
    const auto header = basic(app.record.id, app.secret_text);
    const auto one = ask(signing_in());
    BOOST_TEST(post_form(g, host, "/api/oauth/revoke", {{"token", refresh_of(one)}}, header).status() == 200u);
    BOOST_TEST(!active(granted(one)));
    BOOST_TEST(error_of(refresh(refresh_of(one))) == "invalid_grant");
    const auto two = ask(signing_in());
    std::vector<field_problem> problems;
    update_user signed_out;
    signed_out.sign_out = true;
    BOOST_TEST(user_directory(g.tokens()).update(john.id, signed_out, "user.sign_out", {"test", "unix"}, problems).has_value());
    BOOST_TEST(!active(granted(two)));
    BOOST_TEST(error_of(refresh(refresh_of(two))) == "invalid_grant");
    const auto three = ask(signing_in());
    BOOST_TEST(active(granted(three)));
    update_client disabled;
    disabled.state = account_state::disabled;
    BOOST_TEST(
        client_directory(g.tokens()).update(g.of("paymenter"), app.record.id, disabled, "client.disable", {"test", "unix"}, problems).has_value());
    BOOST_TEST(status(host, "/api/v1/admin/users", granted(three)) == 401u);
    BOOST_TEST(error_of(refresh(refresh_of(three))) == "invalid_client");
}

BOOST_FIXTURE_TEST_CASE(row_T_5_refreshes_at_once, paymenter_world) {
    const auto first = ask(signing_in());
    std::vector<message> answers(20);
    std::vector<std::thread> all;
    for (auto& answer : answers) all.emplace_back([&] { answer = refresh(refresh_of(first)); });
    for (auto& t : all) t.join();
    std::size_t won = 0;
    std::string access, next;
    for (const auto& answer : answers) {
        if (answer.status() != 200u) {
            BOOST_TEST(error_of(answer) == "invalid_grant");
            continue;
        }
        ++won;
        access = text_at(parsed(answer.body), "access_token");
        next = refresh_of(answer);
    }
    BOOST_TEST(won == 1u);
    // The contract gives no time to repeat, so the nineteen were reuse: the family has ended, the winner's part of it too.
    BOOST_TEST(!active(access));
    BOOST_TEST(error_of(refresh(next)) == "invalid_grant");
    const auto events = g.tokens().audit(100).value();
    BOOST_TEST(std::ranges::count(events, "authorization.refresh", &audit_event::action) == 1);
    BOOST_TEST(std::ranges::count(events, "authorization.reuse", &audit_event::action) == 1);
}

namespace {

struct payrequest_world : clocked {
    user jane = make_user(g, "payrequest", "jane@example.test", kPassword);
    program_of app = make_client(g, "payrequest",
        {.name = "Agent", .confidential = false, .redirect_uris = {"http://127.0.0.1:4711/done"}, .grants = {"authorization_code", "refresh_token"}});
    const std::string host = "payrequest.test", path = "/oauth/token";
    message redeem(const given_code& code, parameters more = {}) {
        auto body = redeeming(code, app.record);
        for (auto& p : more) body = with(std::move(body), p.first, p.second);
        return post_form(g, host, path, body);
    }
    message refresh(const std::string& token) {
        return post_form(g, host, path, {{"grant_type", "refresh_token"}, {"refresh_token", token}, {"client_id", app.record.id}});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(row_PR_4, payrequest_world) {
    const auto first = redeem(give_code(g, app.record, jane, {"billing.read"}));
    const auto token = granted(first);
    BOOST_TEST(member(parsed(first.body), "expires_in").as_int64() == 15 * 86'400);
    time.advance(std::chrono::hours(15 * 24) - std::chrono::seconds(1));
    BOOST_TEST(status(host, "/api/v1/invoices", token) == 200u);
    time.advance(std::chrono::seconds(1));
    check_answer(call(host, "/api/v1/invoices", token), {401, kInvalid, kJson, kUnauthenticated}, "15 days");
    time.advance(std::chrono::hours(15 * 24) - std::chrono::seconds(1));
    const auto second = refresh(refresh_of(first));
    BOOST_TEST(status(host, "/api/v1/invoices", granted(second)) == 200u);
    time.advance(std::chrono::hours(30 * 24));
    BOOST_TEST(error_of(refresh(refresh_of(second))) == "invalid_grant");
}

BOOST_FIXTURE_TEST_CASE(row_PR_8, payrequest_world) {
    // Discovery: from a refusal to the resource, from there to the server.
    const auto refused = call(host, "/api/v1/invoices", "");
    BOOST_TEST(refused.field("WWW-Authenticate") == "Bearer resource_metadata=\"https://payrequest.test/.well-known/oauth-protected-resource\"");
    const auto resource = parsed(call(host, "/.well-known/oauth-protected-resource", "").body);
    BOOST_TEST(text_at(resource, "resource") == "https://payrequest.test");
    BOOST_TEST(member(resource, "authorization_servers").as_array().at(0).as_string() == "https://payrequest.test");
    const auto server = parsed(call(host, "/.well-known/oauth-authorization-server", "").body);
    BOOST_TEST(text_at(server, "issuer") == "https://payrequest.test");
    BOOST_TEST(text_at(server, "token_endpoint") == "https://payrequest.test/oauth/token");
    BOOST_TEST(text_at(server, "authorization_endpoint") == "https://payrequest.test/oauth/authorize");
    BOOST_TEST(member(server, "code_challenge_methods_supported") == json::value(json::array{"S256"}));
    // Registration.
    const json::object wish{{"client_name", "Desk agent"}, {"redirect_uris", json::array{"http://127.0.0.1:9999/cb"}},
        {"grant_types", json::array{"authorization_code", "refresh_token"}}, {"token_endpoint_auth_method", "none"}, {"scope", "billing.read"}};
    const auto registered = g.ask("POST", host, "/oauth/register", {}, "Content-Type: application/json\r\n", json::serialize(wish));
    BOOST_TEST_REQUIRE(registered.status() == 201u, registered.body);
    const auto client = client_directory(g.tokens()).show(text_at(parsed(registered.body), "client_id")).value();
    BOOST_TEST(client.registered);
    BOOST_TEST(member(parsed(registered.body), "client_secret").is_null());
    const json::object bad{{"redirect_uris", json::array{"http://evil.test/cb"}}, {"token_endpoint_auth_method", "none"}};
    BOOST_TEST(
        error_of(g.ask("POST", host, "/oauth/register", {}, "Content-Type: application/json\r\n", json::serialize(bad))) == "invalid_redirect_uri");
    // A code with PKCE, redeemed once.
    const auto code = give_code(g, client, jane, {"billing.read", "customers.read"});
    const auto redeem_as = [&](parameters body) { return post_form(g, host, path, body); };
    BOOST_TEST(
        error_of(redeem_as(with(redeeming(give_code(g, client, jane, {}), client), "code_verifier", std::string(50, 'x')))) == "invalid_grant");
    BOOST_TEST(error_of(redeem_as(with(redeeming(give_code(g, client, jane, {}), client), "redirect_uri", "http://127.0.0.1:9999/other"))) ==
        "invalid_grant");
    BOOST_TEST(error_of(redeem_as(with(redeeming(give_code(g, client, jane, {}), client), "client_id", app.record.id))) == "invalid_grant");
    const auto got = redeem_as(redeeming(code, client));
    const auto token = granted(got);
    BOOST_TEST(status(host, "/api/v1/customers", token) == 200u);
    const auto seen = up.requests().back();
    BOOST_TEST(seen.field("X-Tollgate-Subject") == jane.subject);
    BOOST_TEST(seen.field("X-Tollgate-Scopes") == "billing.read customers.read");
    check_answer(g.ask("POST", host, "/api/v1/invoices", token, "Content-Type: application/json\r\n", "{}"),
        {403, lacks("billing.write"), kJson, R"({"success":false,"error":"Invalid scope(s) provided."})"}, "what was not allowed");
    // Used again, it ends what it led to (RFC 6749 §4.1.2).
    BOOST_TEST(error_of(redeem_as(redeeming(code, client))) == "invalid_grant");
    BOOST_TEST(status(host, "/api/v1/customers", token) == 401u);
    // Refresh tokens rotate; fewer scopes may be asked for, never more.
    const auto again = redeem(give_code(g, app.record, jane, {"billing.agent"}));
    const auto narrower = post_form(g, host, path,
        {{"grant_type", "refresh_token"}, {"refresh_token", refresh_of(again)}, {"client_id", app.record.id}, {"scope", "customers.read"}});
    BOOST_TEST(error_of(narrower) == "invalid_scope");
    const auto next = refresh(refresh_of(again));
    BOOST_TEST(status(host, "/api/v1/invoices", granted(next)) == 200u);
    BOOST_TEST(error_of(refresh(refresh_of(again))) == "invalid_grant");
}

BOOST_FIXTURE_TEST_CASE(row_PL_11, clocked) {
    const auto host = "live.paylera.test";
    const auto operator_record = make_user(g, "paylera", "ops@example.test", kPassword, "acme");
    const auto app = make_client(g, "paylera",
        {.name = "Console",
            .confidential = false,
            .redirect_uris = {"http://127.0.0.1:4711/done"},
            .grants = {"authorization_code", "refresh_token"}});
    const auto token_with = [&](unsigned assurance) {
        const auto code = give_code(g, app.record, operator_record, {"payments:refund", "payments:read"}, assurance, "live");
        return post_form(g, host, "/oauth/token", redeeming(code, app.record));
    };
    const auto refund = [&](const std::string& token) {
        static int n = 0;
        return g.ask("POST", host, "/v1/payments/pay_1/refund", token,
            "Content-Type: application/json\r\nIdempotency-Key: refund-" + std::to_string(++n) + "\r\n", "{}");
    };
    const auto refused = [&](const message& got, const std::string& note) {
        BOOST_TEST(got.status() == 401u, note);
        BOOST_TEST(text_at(parsed(got.body), "problem") == "auth.aal2_required", note);
        BOOST_TEST(got.field("WWW-Authenticate").starts_with("Bearer error=\"insufficient_user_authentication\", acr_values=\"aal2\""), note);
    };
    const auto plain = token_with(1), stepped_up = token_with(2);
    refused(refund(granted(plain)), "signed in without a second factor");
    BOOST_TEST(refund(granted(stepped_up)).status() == 200u);
    BOOST_TEST(status(host, "/v1/payments", granted(plain)) == 200u);  // what demands none
    // It stays with the sign-in that it was given at.
    const auto refreshed = post_form(
        g, host, "/oauth/token", {{"grant_type", "refresh_token"}, {"refresh_token", refresh_of(stepped_up)}, {"client_id", app.record.id}});
    BOOST_TEST(refund(granted(refreshed)).status() == 200u);
    const auto service = g.create("paylera", of_kind(in_environment(named("Service", {"*"}), "live", "acme"), "service"));
    refused(refund(service), "a service never does");
    // A live code is nothing to the sandbox.
    const auto code = give_code(g, app.record, operator_record, {"payments:read"}, 1, "live");
    BOOST_TEST(error_of(post_form(g, "sandbox.paylera.test", "/oauth/token", redeeming(code, app.record))) == "invalid_grant");
}

BOOST_AUTO_TEST_SUITE_END()
