// An API's portal, as a browser's requests meet it: CP-1, and what UI-3 rests on.
#include "flow/people.hpp"
#include "support/wire.hpp"

namespace tollgate::test {
namespace {

constexpr const char* kContract = R"(
name: Acme <b>
tokens:
  - { kind: personal, format: "ac_{random:40}" }
  - { kind: admin, audience: admin, format: "aa_{random:40}" }
scopes: { default: [ notes.read ] }
rotation: { grace: 24h }
console: { path: [ Settings, API Tokens ], begins: account, create: Create New Token }
)";
constexpr const char* kDocument = R"(
openapi: 3.1.0
info: { title: Acme, version: '1' }
security: [ { token: [] } ]
paths:
  /notes: { get: { security: [ { token: [ notes.read ] } ], responses: {} } }
  /portal/help: { get: { security: [], responses: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { notes.read: "Read your notes", notes.write: "Change your notes", notes.admin: "Everything" }
)";
constexpr const char* kApis =
    "- { name: acme, hosts: [ acme.localhost ], contract: acme.yaml, openapi: acme.api.yaml, publish: public,"
    " portal: { path: /portal, scopes: [ notes.read, notes.write ] }, upstream: { servers: [ \"http://@UP@\" ] } }\n"
    "- { name: plain, hosts: [ plain.localhost ], unlisted: forward, portal: { path: /me/keys }, upstream: { servers: [ \"http://@UP@\" ] } }\n"
    "- { name: none, hosts: [ none.localhost ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";

// A page of the portal with somebody signed in.
class visitor {
 public:
    visitor(gateway& g, std::string host, std::string root) : origin("http://" + host), g_(g), host_(std::move(host)), root_(std::move(root)) {}

    message sign_in(const std::string& name, const std::string& password = right_password) {
        const auto answer = send("POST", "/sessions", {{"user_name", name}, {"password", password}});
        const auto set = answer.field("Set-Cookie");
        if (answer.status() == 201) cookie = set.substr(0, set.find(';'));
        const auto session = send("GET", "/session");
        if (session.status() == 200) proof = text_at(parsed(session.body), "csrf_token");
        return answer;
    }
    message send(std::string_view method, const std::string& path, const json::object& body = {}) {
        std::string fields = "Origin: " + origin + "\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n";
        if (!cookie.empty()) fields += "Cookie: theme=dark; " + cookie + "\r\n";
        if (!proof.empty()) fields += "X-CSRF-Token: " + proof + "\r\n";
        return g_.ask(method, host_, root_ + path, {}, fields, body.empty() ? std::string() : json::serialize(body));
    }
    // The id of a token that was just made; its text goes into `text`.
    std::string make(const std::string& name, std::string* text = nullptr) {
        const auto made = send("POST", "/api-tokens", {{"name", name}});
        BOOST_TEST(made.status() == 201u, made.body);
        const auto record = parsed(made.body);
        if (text != nullptr) *text = text_at(record, "token");
        return text_at(record, "id");
    }
    std::vector<std::string> names() {
        std::vector<std::string> out;
        const auto listed = member(parsed(send("GET", "/api-tokens").body), "data");
        for (const auto& row : listed.as_array()) out.push_back(text_at(row, "name"));
        return out;
    }
    std::string cookie, proof, origin;

 private:
    gateway& g_;
    std::string host_, root_;
};

struct fixture {
    upstream up;
    gateway g{kApis, {{"acme.yaml", kContract}, {"acme.api.yaml", kDocument}}, &up};
    json::object ada = make_user(g, {{"api", "acme"}, {"email", "ada@example.org"}, {"first_name", "Ada"}, {"tenant", "t1"}});
    json::object bob = make_user(g, {{"api", "acme"}, {"email", "bob@example.org"}, {"subject", "client-b"}, {"tenant", "t1"}});
    visitor a{g, "acme.localhost", "/portal"}, b{g, "acme.localhost", "/portal"};
    unsigned calls(const std::string& token) { return g.ask("GET", "acme.localhost", "/notes", token).status(); }
};

using names = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rows_own_tokens, fixture)

BOOST_AUTO_TEST_CASE(row_CP_1) {
    BOOST_TEST(a.send("GET", "/api-tokens").status() == 401u, "nobody is signed in");
    BOOST_TEST(a.sign_in("ada@example.org", "wrong").status() == 401u);
    BOOST_TEST(a.sign_in("ada@example.org").status() == 201u);
    BOOST_TEST(b.sign_in("bob@example.org").status() == 201u);

    std::string text;
    const auto id = a.make("Notebook", &text);
    BOOST_TEST(calls(text) == 200u);
    const auto shown = a.send("GET", "/api-tokens/" + id);
    const auto record = parsed(shown.body);
    BOOST_TEST(text_at(record, "owner") == text_at(ada, "subject"), "it stands for who made it");
    BOOST_TEST(text_at(record, "tenant") == "t1");
    BOOST_TEST(text_at(record, "kind") == "personal");
    BOOST_TEST((member(record, "created_at").is_string() && member(record, "last_used_at").is_string()), shown.body);
    BOOST_TEST(shown.body.find(text) == std::string::npos, "C-1");
    BOOST_TEST(shown.field("Cache-Control") == "no-store");
    BOOST_TEST(a.names() == names{"Notebook"}, boost::test_tools::per_element());

    // Nothing of it is there for somebody else.
    BOOST_TEST(b.names().empty());
    BOOST_TEST(parsed(b.send("GET", "/api-tokens?owner=" + text_at(ada, "subject")).body).at("data").as_array().empty());
    const std::pair<const char*, std::string> tries[] = {{"GET", ""}, {"PATCH", ""}, {"DELETE", ""}, {"POST", "/rotate"}, {"POST", "/finish-grace"}};
    for (const auto& [method, what] : tries) {
        const auto answer =
            b.send(method, "/api-tokens/" + id + what, std::string_view(method) == "PATCH" ? json::object{{"name", "Mine"}} : json::object());
        BOOST_TEST(answer.status() == 404u, method << what << " " << answer.body);
    }
    BOOST_TEST(b.send("GET", "/usage?token=" + id).status() == 404u);
    BOOST_TEST(calls(text) == 200u);

    const auto renamed = a.send("PATCH", "/api-tokens/" + id, {{"name", "Notebook 2"}, {"scopes", {"notes.read", "notes.write"}}});
    BOOST_TEST(renamed.status() == 200u, renamed.body);
    const auto rotated = a.send("POST", "/api-tokens/" + id + "/rotate");
    BOOST_TEST(rotated.status() == 200u, rotated.body);
    const auto newer = text_at(parsed(rotated.body), "token");
    BOOST_TEST((calls(text) == 200u && calls(newer) == 200u), "the grace of the contract");
    BOOST_TEST(a.send("DELETE", "/api-tokens/" + id).status() == 204u);
    BOOST_TEST((calls(text) == 401u && calls(newer) == 401u));
    BOOST_TEST(a.names().empty(), "what was taken away is not listed for ever");
    BOOST_TEST(a.send("GET", "/usage?token=" + id).status() == 200u, "of their own they see the use");
}

BOOST_AUTO_TEST_CASE(row_CP_1_nobody_gives_what_is_not_theirs) {
    a.sign_in("ada@example.org");
    const std::pair<const char*, json::object> wishes[] = {
        {"owner", {{"name", "x"}, {"owner", "client-b"}}},
        {"tenant", {{"name", "x"}, {"tenant", "t2"}}},
        {"kind", {{"name", "x"}, {"kind", "admin"}}},
        {"scopes[0]", {{"name", "x"}, {"scopes", {"notes.admin"}}}},
        {"api", {{"name", "x"}, {"api", "plain"}}},
    };
    for (const auto& [field, wish] : wishes) {
        const auto answer = a.send("POST", "/api-tokens", wish);
        BOOST_TEST(answer.status() == 422u, field << answer.body);
        BOOST_TEST(text_at(member(parsed(answer.body), "errors").as_array().at(0), "field") == field, answer.body);
    }
    const auto id = a.make("Mine");
    BOOST_TEST(a.send("PATCH", "/api-tokens/" + id, {{"scopes", {"notes.admin"}}}).status() == 422u);

    // What the operator made for somebody is theirs to see, and to take away; its secret is not, where it can do more.
    auto wish = named("Made by the operator", {"notes.admin"});
    wish.owner = text_at(ada, "subject");
    wish.tenant = "t1";
    const auto made = g.create_record("acme", wish);
    auto seen = a.names();
    std::ranges::sort(seen);  // two of one millisecond have no order
    BOOST_TEST(seen == (names{"Made by the operator", "Mine"}), boost::test_tools::per_element());
    BOOST_TEST(a.send("POST", "/api-tokens/" + made.record.id + "/rotate").status() == 403u);
    wish.kind = "admin";
    wish.name = "Of another kind";
    const auto admin = g.create_record("acme", wish);
    BOOST_TEST(a.send("GET", "/api-tokens/" + admin.record.id).status() == 404u);
    wish.kind.clear();
    wish.tenant = "t2";
    BOOST_TEST(a.send("GET", "/api-tokens/" + g.create_record("acme", wish).record.id).status() == 404u, "PL-12");
    BOOST_TEST(a.send("DELETE", "/api-tokens/" + made.record.id).status() == 204u);

    const auto scopes = parsed(a.send("GET", "/apis/acme/scopes").body);
    BOOST_TEST(member(scopes, "data").as_array().size() == 2u, "only what may be given is shown");
    const auto api = parsed(a.send("GET", "/apis").body);
    const auto data = member(api, "data");
    const auto& of = data.as_array().at(0);
    BOOST_TEST(member(of, "scopes").to_number<int>() == 2);
    BOOST_TEST(member(of, "kinds").as_array().size() == 1u);
    const auto routes = member(parsed(a.send("GET", "/apis/acme/routes").body), "data");
    for (const auto& r : routes.as_array()) BOOST_TEST(text_at(r, "path").find("api-tokens") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(row_CP_1_changes_come_from_the_own_page) {
    a.sign_in("ada@example.org");
    BOOST_TEST(a.cookie.starts_with("__Host-tollgate-portal="));
    const auto id = a.make("Mine");
    const auto revoke = [&] { return a.send("DELETE", "/api-tokens/" + id).status(); };
    a.origin = "https://evil.example";
    BOOST_TEST(revoke() == 403u);
    a.origin = "http://acme.localhost.evil.example";
    BOOST_TEST(revoke() == 403u);
    a.origin = "null";
    BOOST_TEST(revoke() == 403u);
    a.origin = "http://acme.localhost";
    const auto proof = std::exchange(a.proof, "");
    BOOST_TEST(revoke() == 403u, "without what only the page was told");
    b.sign_in("bob@example.org");
    a.proof = b.proof;
    BOOST_TEST(revoke() == 403u, "another session's is none");
    a.proof = proof;
    BOOST_TEST(a.names() == names{"Mine"}, boost::test_tools::per_element());

    // A session is one API's, one use's, and ends.
    visitor elsewhere(g, "plain.localhost", "/me/keys");
    elsewhere.cookie = a.cookie;
    elsewhere.proof = a.proof;
    BOOST_TEST(elsewhere.send("GET", "/session").status() == 401u);
    BOOST_TEST(elsewhere.send("GET", "/api-tokens").status() == 401u);
    const auto admin = g.ask("GET", "acme.localhost", "/notes", {}, "Cookie: " + a.cookie + "\r\n");
    BOOST_TEST(admin.status() == 401u, "the API itself takes tokens alone");
    const auto kept = a.cookie;
    BOOST_TEST(a.send("DELETE", "/session").status() == 204u);
    a.cookie = kept;
    BOOST_TEST(a.send("GET", "/api-tokens").status() == 401u);
    a.sign_in("ada@example.org");
    std::string text;
    a.make("A key of its own", &text);
    manage(g, "POST", "/users/" + text_at(ada, "id") + "/disable", json::object());
    BOOST_TEST(a.send("GET", "/api-tokens").status() == 401u, "who is disabled is out");
    BOOST_TEST(g.ask("GET", "acme.localhost", "/notes", text).status() == 200u, "a token ends by its own revocation alone (CP-3)");
    const auto owned =
        parsed(manage(g, "POST", "/api-tokens/revoke", {{"api", "acme"}, {"owner", text_at(ada, "subject")}, {"count_only", true}}).body);
    BOOST_TEST(owned.at("matched").to_number<int>() == 2, "whoever stops the user is told how many there are");
}

BOOST_AUTO_TEST_CASE(the_path_is_the_gateways_only_where_it_is_configured) {
    BOOST_TEST(g.ask("GET", "acme.localhost", "/portal/help").body.find("ok") != std::string::npos, "the document's own paths go on as before");
    BOOST_TEST(g.ask("GET", "acme.localhost", "/portal/elsewhere").status() == 401u);
    BOOST_TEST(g.ask("GET", "none.localhost", "/portal").status() == 401u, "there is none: a path like any other");
    const auto page = g.ask("GET", "plain.localhost", "/me/keys");
    BOOST_TEST((page.status() == 200u || page.status() == 501u), "501: built without npm");
    if (page.status() == 200) {
        BOOST_TEST(page.body.find("content=\"/me/keys\"") != std::string::npos, page.body);
        BOOST_TEST(page.field("Content-Security-Policy").find("frame-ancestors 'none'") != std::string::npos);
        const auto at = page.body.find("/me/keys/assets/");
        const auto file = page.body.substr(at, page.body.find('"', at) - at);
        const auto script = g.ask("GET", "plain.localhost", file);
        BOOST_TEST(script.status() == 200u, file);
        BOOST_TEST(script.field("Cache-Control").find("immutable") != std::string::npos);
    }
    const auto words = g.ask("GET", "acme.localhost", "/portal/apis/own/words");
    BOOST_TEST(text_at(parsed(words.body), "begins") == "account");
    BOOST_TEST(g.ask("GET", "acme.localhost", "/openapi.json").body.find("portal/api-tokens") == std::string::npos, "no part of the API");
}

BOOST_AUTO_TEST_CASE(the_page_says_whose_it_is_and_whether_somebody_may_be_signed_in) {
    const auto page = [&](std::string_view cookies = {}) { return g.ask("GET", "acme.localhost", "/portal", "", cookies); };
    const auto first = page();
    if (first.status() == 501) return;  // built without npm
    const auto has = [](const message& of, std::string_view text) { return of.body.find(text) != std::string::npos; };
    BOOST_TEST(has(first, "<title>Acme &lt;b&gt;</title>"), first.body);
    BOOST_TEST(!has(first, "Acme <b>"));
    BOOST_TEST(has(first, "data-door=\"open\""), "the form of who has no session is shown at once");
    for (const auto* mark : {"%NONCE%", "%ROOT%", "%TITLE%", "%DOOR%"}) BOOST_TEST(!has(first, mark), mark << " is filled in");
    const auto again = page("Cookie: __Host-tollgate-portal=of-another-time\r\n");
    BOOST_TEST(has(again, "data-door=\"asking\""));
    // A browser withholds a strict cookie from who follows another site's link: the page has to ask.
    BOOST_TEST(has(page("Sec-Fetch-Site: cross-site\r\n"), "data-door=\"asking\""));
    BOOST_TEST(again.field("ETag") != first.field("ETag"));
}

// Signing in takes as long as a password's hash wants to; the overhead is of what was passed on.
BOOST_AUTO_TEST_CASE(what_the_gateway_adds_is_counted_for_what_it_passed_on) {
    const auto counted = [&](const std::string& what) { return std::stoul(metric(g, "tollgate_" + what + "_seconds_count{api=\"acme\"}")); };
    const auto all = counted("request_duration"), passed_on = counted("gateway_overhead");
    a.sign_in("ada@example.org");
    std::string text;
    a.make("Mine", &text);
    BOOST_TEST(g.ask("GET", "acme.localhost", "/notes", "none").status() == 401u);
    BOOST_TEST(g.ask("GET", "acme.localhost", "/notes", text).status() == 200u);
    BOOST_TEST(eventually([&] { return counted("request_duration") == all + 5; }));  // an exchange is counted after its answer
    BOOST_TEST(counted("gateway_overhead") == passed_on + 1);
}

// A service behind that got it could sign in as whoever calls it.
BOOST_AUTO_TEST_CASE(no_service_behind_gets_a_sessions_cookie) {
    a.sign_in("ada@example.org");
    std::string text;
    a.make("Mine", &text);
    const auto got = [&](const std::string& cookies) {
        BOOST_TEST(g.ask("GET", "acme.localhost", "/notes", text, cookies).status() == 200u);
        return up.requests().back().raw_head;
    };
    BOOST_TEST(got("Cookie: a=1; " + a.cookie + "; b=2\r\n").find("Cookie: a=1; b=2\r\n") != std::string::npos);
    BOOST_TEST(got("cookie: " + a.cookie + ";a=1\r\n").find("cookie: a=1\r\n") != std::string::npos);
    BOOST_TEST(got("Cookie: " + a.cookie + "\r\n").find("ookie:") == std::string::npos);
    BOOST_TEST(got("Cookie: x__Host-tollgate-portal=1; __Host-tollgate-portal2=2\r\n").find("x__Host-tollgate-portal=1; __Host-tollgate-portal2=2") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_user_has_so_many_and_no_more) {
    auto wish = named("One of many");
    wish.owner = text_at(ada, "subject");
    wish.tenant = "t1";
    std::string last;
    for (std::size_t i = 0; i < bounds::portal_tokens; ++i) last = g.create_record("acme", wish).record.id;
    a.sign_in("ada@example.org");
    BOOST_TEST(a.send("POST", "/api-tokens", {{"name", "One more"}}).status() == 409u);
    BOOST_TEST(a.send("DELETE", "/api-tokens/" + last).status() == 204u);
    a.make("One more");
}

// Each leaves a record.
BOOST_AUTO_TEST_CASE(making_and_revoking_does_not_fill_the_store) {
    auto wish = named("Made and revoked");
    wish.owner = text_at(ada, "subject");
    wish.tenant = "t1";
    for (std::size_t i = 0; i < 2 * bounds::portal_tokens; ++i)
        BOOST_TEST_REQUIRE(manage(g, "DELETE", "/api-tokens/" + g.create_record("acme", wish).record.id).status() == 204u);
    a.sign_in("ada@example.org");
    const auto refused = a.send("POST", "/api-tokens", {{"name", "One more"}});
    BOOST_TEST(refused.status() == 409u);
    BOOST_TEST(refused.body.find("come back tomorrow") != std::string::npos, refused.body);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
