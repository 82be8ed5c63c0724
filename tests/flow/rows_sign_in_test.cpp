// The sign-in and consent pages, as a browser meets them: PR-8's and PL-11's first half. What the code is good for: rows_grants_test.cpp.
#include "flow/people.hpp"

namespace tollgate::test {
namespace {

constexpr const char* kContract = "name: Acme & Sons\nscopes: { default: [ notes.read ] }\n";
constexpr const char* kDocument = R"(
openapi: 3.1.0
info: { title: Acme, version: '1' }
security: [ { token: [] } ]
paths:
  /notes: { get: { security: [ { token: [ notes.read ] } ], responses: {} } }
  /oauth/authorize:
    get: { security: [], x-tollgate-handler: oauth.authorize, responses: {} }
    post: { security: [], x-tollgate-handler: oauth.authorize, responses: {} }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { notes.read: "Read your notes", notes.write: "Change <your> notes", notes.admin: "Everything" }
)";
constexpr const char* kApi =
    "- { name: acme, hosts: [ acme.localhost ], contract: acme.yaml, openapi: acme.api.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n"
    "- { name: other, hosts: [ other.localhost ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";

const std::string kBack = "https://app.example/cb";
const std::string kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";  // RFC 7636 appendix B

struct fixture {
    manual_clock time{timestamp{1'780'000'000'000'000}};
    upstream up;
    gateway g{kApi, {{"acme.yaml", kContract}, {"acme.api.yaml", kDocument}}, &up, {.time = &time}};
    std::string client = text_at(make_client(g,
                                     {{"api", "acme"}, {"name", "Notes <b>App</b>"}, {"redirect_uris", {kBack, "com.example.notes:/done?x=1"}},
                                         {"scopes", {"notes.read", "notes.write"}}}),
        "id");
    json::object ada = make_user(g, {{"api", "acme"}, {"email", "ada@example.org"}});
    browser web{g, "acme.localhost"};

    using fields = std::vector<std::pair<std::string, std::string>>;
    std::string target(fields more = {}) const {
        fields all{{"response_type", "code"}, {"client_id", client}, {"redirect_uri", kBack}, {"code_challenge", kChallenge},
            {"code_challenge_method", "S256"}, {"state", "st&te"}};
        for (auto& [name, value] : more) {
            const auto same = std::ranges::find(all, name, &fields::value_type::first);
            if (same != all.end() && value == "-") all.erase(same);
            else if (same != all.end()) same->second = value;
            else all.emplace_back(name, value);
        }
        return "/oauth/authorize?" + form_of(all);
    }
    message sign_in(const std::string& to, const std::string& name = "ada@example.org") {
        return web.post(to, {{"step", "password"}, {"user_name", name}, {"password", right_password}});
    }
    message allow(const std::string& to) {
        const auto page = web.get(to);
        BOOST_TEST(page.status() == 200u, page.raw_head);
        return web.post(to, {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "allow"}});
    }
};

void check_is_page(const message& m, unsigned status, std::string_view says) {
    BOOST_TEST(m.status() == status, m.raw_head << m.body);
    BOOST_TEST(m.field("Content-Type") == "text/html; charset=utf-8");
    const auto policy = m.field("Content-Security-Policy");
    BOOST_TEST(policy.starts_with("default-src 'none'; style-src 'nonce-"), policy);
    BOOST_TEST(policy.find("frame-ancestors 'none'; base-uri 'none'") != std::string::npos, policy);
    BOOST_TEST(m.field("X-Frame-Options") == "DENY");
    BOOST_TEST(m.field("Cache-Control") == "no-store");
    BOOST_TEST(m.field("Referrer-Policy") == "same-origin");
    BOOST_TEST(m.body.find("<script") == std::string::npos);
    BOOST_TEST(m.body.find(says) != std::string::npos, m.body);
}

// What a client is told at its redirect URI.
void check_told(const message& m, const std::string& error) {
    BOOST_TEST(m.status() == 303u, m.raw_head << m.body);
    const auto to = m.field("Location");
    BOOST_TEST(to.starts_with(kBack + "?"), to);
    BOOST_TEST(parameter(to, "error") == error, to);
    BOOST_TEST(parameter(to, "state") == "st&te", to);
    BOOST_TEST(parameter(to, "iss") == "http://acme.localhost", to);
    BOOST_TEST(parameter(to, "code").empty(), to);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rows_sign_in, fixture)

BOOST_AUTO_TEST_CASE(row_PR_8_sign_in_and_consent) {
    const auto to = target({{"scope", "notes.read notes.write"}});
    check_is_page(web.get(to), 200, "Sign in to Acme &amp; Sons");
    const auto wrong = web.post(to, {{"step", "password"}, {"user_name", "ada@example.org\"><script>"}, {"password", "no"}});
    check_is_page(wrong, 403, "The user name or the password is wrong.");
    BOOST_TEST(wrong.body.find("ada@example.org&quot;&gt;&lt;script&gt;") != std::string::npos, "what was typed stays, and stays text");
    BOOST_TEST(wrong.count("Set-Cookie") == 0u);

    const auto in = sign_in(to);
    BOOST_TEST(in.status() == 303u, in.body);
    BOOST_TEST(in.field("Location") == to);
    BOOST_TEST(in.field("Set-Cookie").starts_with("__Host-tollgate-portal="));
    const auto page = web.get(to);
    check_is_page(page, 200, "Notes &lt;b&gt;App&lt;/b&gt; wants access to your Acme &amp; Sons account");
    for (const std::string_view says : {"Read your notes", "Change &lt;your&gt; notes", "ada@example.org", "https://app.example"})
        BOOST_TEST(page.body.find(says) != std::string::npos, says);
    BOOST_TEST(page.body.find("Everything") == std::string::npos, "what was not asked for");
    BOOST_TEST(page.field("Content-Security-Policy").find("form-action 'self' https://app.example;") != std::string::npos);

    const auto done = web.post(to, {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "allow"}});
    BOOST_TEST(done.status() == 303u, done.body);
    BOOST_TEST(done.field("Cache-Control") == "no-store");
    const auto back = done.field("Location");
    BOOST_TEST(back.starts_with(kBack + "?code="), back);
    BOOST_TEST(parameter(back, "code").size() == 43u);
    BOOST_TEST(parameter(back, "state") == "st&te");
    BOOST_TEST(parameter(back, "iss") == "http://acme.localhost", "RFC 9207");
    BOOST_TEST(parameter(allow(to).field("Location"), "code") != parameter(back, "code"));
    BOOST_TEST(up.saw_nothing());

    check_told(web.post(to, {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "deny"}}), "access_denied");
    const auto other = web.post(to, {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "other"}});
    BOOST_TEST(other.field("Location") == to);
    check_is_page(web.get(to), 200, "Sign in to Acme");
}

BOOST_AUTO_TEST_CASE(row_PR_8_nobody_is_sent_where_the_client_did_not_say) {
    for (const auto& [name, value] :
        fixture::fields{{"client_id", "-"}, {"client_id", "cli_00000000000000000000000000"}, {"redirect_uri", "https://evil.example/"},
            {"redirect_uri", kBack + "/"}, {"redirect_uri", kBack + "?x=1"}, {"redirect_uri", "HTTPS://app.example/cb"}, {"redirect_uri", "-"}}) {
        const auto answer = web.get(target({{name, value}}));
        BOOST_TEST_CONTEXT(name << "=" << value) {
            BOOST_TEST(answer.status() == 400u);
            BOOST_TEST(answer.count("Location") == 0u);
        }
    }
    BOOST_TEST(web.get(target() + "&state=2").status() == 400u, "a parameter twice has two readings");
    const auto own = sign_in(target({{"redirect_uri", "com.example.notes:/done?x=1"}}));
    BOOST_TEST(own.status() == 303u);
    const auto to = target({{"redirect_uri", "com.example.notes:/done?x=1"}});
    BOOST_TEST(web.get(to).field("Content-Security-Policy").find("form-action 'self' com.example.notes:;") != std::string::npos);
    BOOST_TEST(allow(to).field("Location").starts_with("com.example.notes:/done?x=1&code="));
    manage(g, "POST", "/clients/" + client + "/disable", json::object());
    BOOST_TEST(web.get(to).status() == 400u);
}

BOOST_AUTO_TEST_CASE(row_PR_8_a_wrong_request_is_told_to_the_client) {
    const std::string plain(43, 'a');
    const struct {
        fixture::fields more;
        std::string error;
    } rows[] = {{{{"response_type", "token"}}, "unsupported_response_type"}, {{{"response_type", "-"}}, "unsupported_response_type"},
        {{{"code_challenge", "-"}}, "invalid_request"}, {{{"code_challenge_method", "plain"}, {"code_challenge", plain}}, "invalid_request"},
        {{{"code_challenge_method", "-"}}, "invalid_request"}, {{{"code_challenge", "short"}}, "invalid_request"},
        {{{"scope", "notes.admin"}}, "invalid_scope"}, {{{"scope", "nothing"}}, "invalid_scope"},
        {{{"resource", "http://other.localhost"}}, "invalid_target"}, {{{"resource", "http://acme.localhost.evil.example"}}, "invalid_target"},
        {{{"max_age", "-1"}}, "invalid_request"}, {{{"response_mode", "fragment"}}, "invalid_request"}, {{{"request", "x"}}, "request_not_supported"},
        {{{"prompt", "none"}}, "login_required"}};
    for (const auto& r : rows) BOOST_TEST_CONTEXT(target(r.more)) {
            check_told(web.get(target(r.more)), r.error);
        }
    check_is_page(web.get(target({{"resource", "http://acme.localhost/notes"}})), 200, "Sign in");
}

BOOST_AUTO_TEST_CASE(row_PR_8_forms_come_from_their_own_pages) {
    const auto to = target();
    for (const std::string_view origin : {"http://evil.example", "null", "http://acme.localhost.evil.example"}) {
        const auto answer = web.post(to, {{"step", "password"}, {"user_name", "ada@example.org"}, {"password", right_password}}, std::string(origin));
        check_is_page(answer, 403, "This form was sent by another site");
        BOOST_TEST(answer.count("Set-Cookie") == 0u);
    }
    BOOST_TEST(sign_in(to).status() == 303u);
    const auto page = web.get(to);
    check_is_page(
        web.post(to, {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "allow"}}, "http://evil.example"), 403, "another site");
    check_is_page(web.post(to, {{"step", "consent"}, {"proof", ""}, {"answer", "allow"}}), 403, "not of this session");
    check_is_page(web.post(target({{"scope", "notes.write"}}), {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "allow"}}), 403,
        "not of this session");  // what was shown is what is allowed
    browser other(g, "acme.localhost");
    const auto without = other.post(to, {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "allow"}});
    BOOST_TEST(without.field("Location") == to, "nobody is signed in there");
    check_is_page(web.post(to, {{"step", "fly"}}), 400, "cannot be read");
    check_is_page(web.post(to, {}), 400, "cannot be read");
}

BOOST_AUTO_TEST_CASE(row_PR_8_a_session_ends) {
    const auto to = target();
    sign_in(to);
    const auto signed_in = [&] { return web.get(to).body.find("wants access") != std::string::npos; };
    BOOST_TEST(signed_in());
    for (int i = 0; i < 15; ++i) {  // used again and again
        time.advance(std::chrono::minutes(45));
        BOOST_TEST(signed_in(), i);
    }
    time.advance(std::chrono::minutes(61));
    BOOST_TEST(!signed_in(), "nobody used it for an hour");
    sign_in(to);
    for (int i = 0; i < 15; ++i) {
        time.advance(std::chrono::minutes(47));
        web.get(to);
    }
    time.advance(std::chrono::minutes(16));
    BOOST_TEST(!signed_in(), "twelve hours are the end in any case");
    sign_in(to);
    check_is_page(web.get(target({{"prompt", "login"}})), 200, "Sign in to");
    time.advance(std::chrono::minutes(2));
    check_is_page(web.get(target({{"max_age", "60"}})), 200, "Sign in to");
    const auto id = text_at(ada, "id");
    manage(g, "POST", "/users/" + id + "/sign-out", json::object());
    BOOST_TEST(!signed_in());
    sign_in(to);
    const auto page = web.get(to);
    manage(g, "DELETE", "/users/" + id);
    const auto late = web.post(to, {{"step", "consent"}, {"proof", hidden(page, "proof")}, {"answer", "allow"}});
    BOOST_TEST(parameter(late.field("Location"), "code").empty(), "who was removed allows nothing");
}

// Users of one API are nobody to another.
BOOST_AUTO_TEST_CASE(row_PR_8_each_api_has_its_own_users) {
    make_user(g, {{"api", "other"}, {"email", "bob@example.org"}});
    check_is_page(sign_in(target(), "bob@example.org"), 403, "wrong");
}

BOOST_AUTO_TEST_CASE(row_PL_11_the_second_factor_is_asked_for) {
    const auto to = target({{"acr_values", "aal2"}});
    sign_in(to);
    check_told(web.get(to), "unmet_authentication_requirements");
    const auto f = give_factor(g, text_at(ada, "id"));  // at this step of time: its code is used up
    check_is_page(web.get(to), 200, "Enter the code");
    check_is_page(web.post(to, {{"step", "code"}, {"code", f.code(time.now())}}), 403, "The code does not fit");
    check_is_page(web.get(target()), 200, "wants access");  // who asks for less gets it
    time.advance(std::chrono::seconds(30));
    const auto code = f.code(time.now());
    BOOST_TEST(web.post(to, {{"step", "code"}, {"code", code}}).field("Location") == to);
    BOOST_TEST(parameter(allow(to).field("Location"), "code").size() == 43u);
    // A code is good once; a recovery code likewise; both in a sign-in of their own.
    web.forget();
    const auto half = sign_in(to);
    check_is_page(half, 200, "Enter the code");
    BOOST_TEST(half.count("Set-Cookie") == 0u, "half a sign-in is none");
    const auto ticket = hidden(half, "ticket");
    check_is_page(web.post(to, {{"step", "code"}, {"ticket", ticket}, {"code", code}}), 403, "does not fit");
    BOOST_TEST(web.post(to, {{"step", "code"}, {"ticket", ticket}, {"code", f.recovery_codes[3]}}).status() == 303u);
    check_is_page(web.get(to), 200, "wants access");
    check_is_page(web.post(to, {{"step", "code"}, {"ticket", ticket}, {"code", f.recovery_codes[4]}}), 403, "does not fit");  // the ticket is spent
    // How long ago counts, too.
    time.advance(std::chrono::minutes(10));
    check_is_page(web.get(target({{"acr_values", "aal2"}, {"max_age", "300"}})), 200, "Enter the code");
    check_is_page(web.get(target({{"acr_values", "aal2"}, {"max_age", "900"}})), 200, "wants access");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
