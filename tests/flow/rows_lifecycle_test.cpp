// What happens to a token between its creation and its end, through the gateway: C-5, C-6, C-14, PR-4, PM-6, PL-9, PL-10, PA-3, PA-6.
//
// Time is the test's own: 23 h 59 m pass when it says so.
#include "clocked.hpp"

#include <map>
#include <memory>
#include <set>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;

const std::string kLive = "live.paylera.test", kAdmin = "/v1/admin/api-tokens", kAsJson = "Content-Type: application/json\r\n";

create_token paylera(std::string kind, std::vector<std::string> scopes, std::string tenant = {}) {
    return of_kind(in_environment(named("Paylera", std::move(scopes)), "live", std::move(tenant)), std::move(kind));
}

// Connections that stay open, over the threads of the gateway.
class open_connections {
 public:
    open_connections(std::uint16_t port, std::string host, std::string path) : host_(std::move(host)), path_(std::move(path)) {
        for (int i = 0; i < 12; ++i) all_.push_back(std::make_unique<conversation>(port));
    }
    // The one status that all of them answer; 0: they differ.
    unsigned status(const std::string& token) {
        std::set<unsigned> seen;
        for (auto& c : all_) seen.insert(c->ask(request_text("GET", host_, path_, token)).status());
        return seen.size() == 1 ? *seen.begin() : 0;
    }

 private:
    std::string host_, path_;
    std::vector<std::unique_ptr<conversation>> all_;
};

// An API of the test's own, with every operation mounted and a header that warns.
constexpr const char* kOwnContract = R"(
environments: [live]
tokens: [ { kind: key, format: "ow_{environment}_{random:32}" } ]
scopes: { required: true, wildcard: "*" }
rotation: { grace: 24h, warn_header: X-Secret-Ends }
)";
constexpr const char* kOwnDocument = R"(
openapi: 3.1.0
info: { title: Own, version: '1' }
security: [ { token: [] } ]
paths:
  /things: { get: { security: [ { token: [ things.read ] } ], responses: { '200': { description: ok } } } }
  /keys: { post: { x-tollgate-handler: tokens.create, responses: { '201': { description: ok } } } }
  /keys/{id}:
    get: { x-tollgate-handler: tokens.show, responses: { '200': { description: ok } } }
    patch: { x-tollgate-handler: tokens.update, responses: { '200': { description: ok } } }
  /keys/{id}/rotate: { post: { x-tollgate-handler: tokens.rotate, responses: { '200': { description: ok } } } }
  /keys/{id}/disable: { post: { x-tollgate-handler: tokens.disable, responses: { '200': { description: ok } } } }
  /keys/{id}/enable: { post: { x-tollgate-handler: tokens.enable, responses: { '200': { description: ok } } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { things.read: Read, things.write: Write }
)";
constexpr const char* kOwnApis =
    "- { name: own, hosts: { own.test: live }, contract: own.yaml, openapi: own.openapi.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n";

struct own {
    manual_clock time{at("2026-08-31T10:15:30Z")};
    upstream up;
    gateway g{kOwnApis, {{"own.yaml", kOwnContract}, {"own.openapi.yaml", kOwnDocument}}, &up, {.time = &time}};

    created_token make(std::vector<std::string> scopes, std::string tenant = "acme") {
        return g.create_record("own", in_environment(named("Own", std::move(scopes)), "live", std::move(tenant)));
    }
    message as(const created_token& who, const std::string& method, const std::string& path, const std::string& body = {}) {
        return g.ask(method, "own.test", path, text_of(who), body.empty() ? "" : kAsJson, body);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_lifecycle)

BOOST_FIXTURE_TEST_CASE(row_C_5, clocked) {
    const auto made = g.create_record("partner", named("C-5", {"invoices:read"}));
    const auto token = text_of(made);
    const auto& id = made.record.id;
    open_connections open(g.port(), "partner.test", "/invoices");
    BOOST_TEST(open.status(token) == 200u);
    for (int round = 0; round < 5; ++round) {
        BOOST_TEST(on(id, "POST", "/disable").status() == 200u);
        BOOST_TEST(open.status(token) == 401u);
        BOOST_TEST(on(id, "POST", "/enable").status() == 200u);
        BOOST_TEST(open.status(token) == 200u);
        patch(id, {{"scopes", {"payments:read"}}});
        BOOST_TEST(open.status(token) == 403u);
        patch(id, {{"scopes", {"payments:read", "invoices:read"}}});
        BOOST_TEST(open.status(token) == 200u);
        patch(id, {{"name", "Round " + std::to_string(round)}});
        BOOST_TEST(open.status(token) == 200u);
        BOOST_TEST(text_at(parsed(on(id, "GET", "").body), "name") == "Round " + std::to_string(round));
    }
}

BOOST_FIXTURE_TEST_CASE(row_C_6, clocked) {
    auto wish = named("Every penny", {"invoices:read", "payments:read"});
    wish.expires_in = "90d";
    const auto made = g.create_record("partner", wish);
    const auto listed = parsed(manage(g, "GET", "/api-tokens?api=partner").body);
    BOOST_REQUIRE(member(listed, "data").as_array().size() == 1u);
    const auto row = member(listed, "data").as_array().front();
    BOOST_TEST(text_at(row, "name") == "Every penny");
    BOOST_TEST(text_at(row, "hint") == "pk_…" + text_of(made).substr(text_of(made).size() - 4));
    BOOST_TEST(json::serialize(member(row, "scopes")) == R"(["invoices:read","payments:read"])");
    BOOST_TEST(text_at(row, "state") == "active");
    BOOST_TEST(text_at(row, "created_at") == "2026-08-31T10:15:30.000000Z");
    BOOST_TEST(text_at(row, "expires_at") == "2026-11-29T10:15:30.000000Z");
    BOOST_TEST((row.as_object().contains("last_used_at") && row.as_object().contains("last_used_ip")));
    BOOST_TEST((!member(row, "full_access").as_bool() && member(row, "label").is_null()));

    std::vector<std::string> all;
    for (const auto& scope : g.of("partner").catalogue) all.push_back(scope.name);
    g.create("partner", named("Everything", all));
    g.create("paylera", paylera("service", {"*"}));
    for (const std::string api : {"partner", "paylera"}) {
        const auto found = parsed(manage(g, "GET", "/api-tokens?api=" + api + "&q=" + (api == "partner" ? "everyth" : "PAYLERA")).body);
        BOOST_REQUIRE(member(found, "data").as_array().size() == 1u);
        BOOST_TEST(text_at(member(found, "data").as_array().front(), "label") == "Full access", api);
    }
    g.create("client-portal");  // no scopes, so nothing that could be all of them
    const auto portal = member(parsed(manage(g, "GET", "/api-tokens?api=client-portal").body), "data").as_array();
    BOOST_REQUIRE(portal.size() == 1u);
    BOOST_TEST((!member(portal.front(), "full_access").as_bool() && member(portal.front(), "label").is_null()));

    const auto count = [&](const std::string& query) {
        return member(parsed(manage(g, "GET", "/api-tokens?" + query).body), "data").as_array().size();
    };
    BOOST_TEST(count("api=partner&scope=payouts:read") == 1u);
    BOOST_TEST(count("api=partner&scope=invoices:read") == 2u);
    BOOST_TEST(count("api=partner&q=penn") == 1u);
    BOOST_TEST(count("api=partner&expires_before=91d") == 1u);
    BOOST_TEST(count("api=partner&expires_before=89d") == 0u);
}

BOOST_FIXTURE_TEST_CASE(row_C_14, own) {
    const auto reader_only = make({"things.read"}), both = make({"things.read", "things.write"}), stranger = make({"things.read"}, "other");
    const auto path = [](const created_token& t, const std::string& more = {}) { return "/keys/" + t.record.id + more; };

    BOOST_TEST(as(reader_only, "POST", "/keys", R"({"name":"n","scopes":["things.read"]})").status() == 201u);
    const auto beyond = as(reader_only, "POST", "/keys", R"({"name":"n","scopes":["things.write"]})");
    BOOST_TEST(beyond.status() == 422u);
    BOOST_TEST(text_at(member(parsed(beyond.body), "errors").as_array().at(0), "field") == "scopes[0]");
    for (const std::string body : {R"({"name":"n","scopes":["things.read"],"tenant":"other"})", R"({"name":"n","scopes":["*"]})"})
        BOOST_TEST(as(reader_only, "POST", "/keys", body).status() == 422u, body);

    const auto subject = make({"things.read"});
    BOOST_TEST(as(reader_only, "PATCH", path(subject), R"({"scopes":["things.write"]})").status() == 422u);
    BOOST_TEST(as(reader_only, "PATCH", path(subject), R"({"scopes":["things.read"],"name":"ok"})").status() == 200u);
    BOOST_TEST(as(both, "PATCH", path(subject), R"({"scopes":["things.write"]})").status() == 200u);
    BOOST_TEST(as(reader_only, "POST", path(both, "/rotate")).status() == 403u, "a secret that can do more is given to nobody");
    BOOST_TEST(as(both, "POST", path(reader_only, "/rotate")).status() == 200u);
    for (const std::string more : {"/rotate", "/disable", "/enable"}) BOOST_TEST(as(both, "POST", path(stranger, more)).status() == 404u, more);
    BOOST_TEST(as(both, "PATCH", path(stranger), R"({"name":"theirs"})").status() == 404u);
    BOOST_TEST(as(both, "GET", path(stranger)).status() == 404u);

    // Tokens of the gateway's own API: what its scopes say, and of its own scopes no more than it has.
    const auto ask = [&](const created_token& who, const std::string& method, const std::string& target, const std::string& body) {
        auto s = socket::connect(g.management_port());
        s.send(request_text(method, "localhost", target, text_of(who), body.empty() ? "" : kAsJson, body));
        reader in(s);
        return in.response().status();
    };
    const auto viewer = g.create_record("tollgate", named("Viewer", {"tokens:read"})),
               writer = g.create_record("tollgate", named("Writer", {"tokens:read", "tokens:write"}));
    BOOST_TEST(ask(viewer, "GET", "/v1/admin/api-tokens?api=own", "") == 200u);
    BOOST_TEST(ask(viewer, "PATCH", "/v1/admin/api-tokens/" + stranger.record.id, R"({"name":"n"})") == 403u);
    BOOST_TEST(ask(writer, "PATCH", "/v1/admin/api-tokens/" + stranger.record.id, R"({"name":"n","scopes":["*"]})") == 200u);
    BOOST_TEST(ask(writer, "PATCH", "/v1/admin/api-tokens/" + viewer.record.id, R"({"scopes":["audit:read"]})") == 422u);
    BOOST_TEST(ask(writer, "POST", "/v1/admin/api-tokens", R"({"api":"tollgate","name":"n","scopes":["config:read"]})") == 422u);
}

BOOST_FIXTURE_TEST_CASE(row_PR_4, clocked) {
    const std::string host = "payrequest.test", path = "/api/v1/invoices";
    struct row {
        const char *made, *ends;
    };
    const row rows[] = {{"2026-08-31T10:15:30Z", "2027-02-28T10:15:30.000000Z"}, {"2027-02-28T11:00:00Z", "2027-08-28T11:00:00.000000Z"},
        {"2027-08-31T23:59:59.999999Z", "2028-02-29T23:59:59.999999Z"}, {"2028-10-31T12:00:00Z", "2029-04-30T12:00:00.000000Z"}};
    for (const auto& r : rows) {
        time.set(at(r.made));
        const auto made = g.create_record("payrequest", named("PR-4"));
        const auto end = at(r.ends);
        BOOST_TEST(text_at(parsed(on(made.record.id, "GET", "").body), "expires_at") == r.ends);
        BOOST_TEST(on(made.record.id, "PATCH", "", json::object{{"expires_in", "7mo"}}).status() == 422u, "longer than the contract lets it");
        time.set({end.us - 1});
        BOOST_TEST(status(host, path, text_of(made)) == 200u, r.ends);
        time.set(end);
        check_answer(call(host, path, text_of(made)), {401, kInvalid, kJson, kUnauthenticated}, r.ends);
        BOOST_TEST(on(made.record.id, "PATCH", "", json::object{{"expires_in", "1d"}}).status() == 409u, "what has expired stays so");
    }
}

BOOST_FIXTURE_TEST_CASE(row_PM_6, clocked) {
    const std::string host = "paymenter.test", path = "/api/v1/admin/users";
    const demanded refused{401, kInvalid, kJson, R"({"error":"The provided API key is invalid or has been disabled."})"};
    const auto made = g.create_record("paymenter", named("PM-6", {"users.view"}));
    const auto key = text_of(made);
    BOOST_TEST(status(host, path, key) == 200u);
    BOOST_TEST(on(made.record.id, "POST", "/disable").status() == 200u);
    check_answer(call(host, path, key), refused, "disabled");
    check_answer(call(host, path, mistyped(key)), refused, "unknown");
    BOOST_TEST(on(made.record.id, "POST", "/enable").status() == 200u);
    BOOST_TEST(status(host, path, key) == 200u);
    patch(made.record.id, {{"expires_in", "1h"}});
    time.advance(1h);
    check_answer(call(host, path, key), refused, "expired");
    BOOST_TEST(on(made.record.id, "DELETE", "").status() == 204u);
    check_answer(call(host, path, key), refused, "revoked");
}

BOOST_FIXTURE_TEST_CASE(row_PL_9, clocked) {
    const std::string path = "/v1/customers", traced = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    const auto admin = g.create("paylera", paylera("admin", {"*"}, "acme"));
    const auto made = g.create_record("paylera", paylera("service", {"customers:read"}, "acme"));
    const auto first = text_of(made), rotate = kAdmin + "/" + made.record.id + "/rotate";
    BOOST_TEST(status(kLive, path, first) == 200u);
    const auto answer = g.ask("POST", kLive, rotate, admin);
    BOOST_REQUIRE_MESSAGE(answer.status() == 200u, answer.body);
    const auto record = parsed(answer.body);
    const auto second = text_at(record, "token");
    BOOST_TEST(text_at(record, "id") == made.record.id);
    BOOST_TEST((second.starts_with("sk_live_") && second.size() == first.size() && second != first));
    BOOST_TEST(member(parsed(g.ask("GET", kLive, kAdmin + "/" + made.record.id, admin).body), "token").is_null());

    const auto refused = [&](const std::string& token) {
        check_answer(g.ask("GET", kLive, path, token, traced),
            {401, kInvalid, kProblem,
                R"({"type":"https://errors.paylera.io/auth/expired-token","title":"Expired token","status":401,"detail":"The token has expired.",)"
                R"("instance":"/v1/customers","problem":"auth.expired_token","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"})"},
            "its grace is over");
    };
    BOOST_TEST((status(kLive, path, first) == 200u && status(kLive, path, second) == 200u));
    time.advance(12h);
    const auto third = text_at(parsed(g.ask("POST", kLive, rotate, admin).body), "token");
    for (const auto& token : {first, second, third}) BOOST_TEST(status(kLive, path, token) == 200u);
    time.advance(11h + 59min);  // 23 h 59 m after the first rotation
    for (const auto& token : {first, second, third}) BOOST_TEST(status(kLive, path, token) == 200u);
    time.advance(1min);
    refused(first);
    for (const auto& token : {second, third}) BOOST_TEST(status(kLive, path, token) == 200u, "rotated twice, each has its own end");
    time.advance(12h - 1us);
    BOOST_TEST(status(kLive, path, second) == 200u);
    time.advance(1us);
    refused(second);
    BOOST_TEST(status(kLive, path, third) == 200u);

    const auto service = g.create("paylera", paylera("service", {"*"}, "acme")), elsewhere = g.create("paylera", paylera("admin", {"*"}, "other"));
    BOOST_TEST(g.ask("POST", kLive, rotate, service).status() == 403u, "admins alone");
    BOOST_TEST(g.ask("POST", kLive, rotate, elsewhere).status() == 404u, "of their own tenant");
    BOOST_TEST(g.ask("POST", kLive, rotate, admin, kAsJson, R"({"grace":"0"})").status() == 200u, "a leak");
    refused(third);
}

BOOST_FIXTURE_TEST_CASE(row_PL_10, clocked) {
    const std::string path = "/v1/customers";
    const auto admin = g.create("paylera", paylera("admin", {"*"}, "acme"));
    const auto made = g.create_record("paylera", paylera("service", {"customers:read"}, "acme"));
    const auto first = text_of(made);
    const auto second = text_at(parsed(g.ask("POST", kLive, kAdmin + "/" + made.record.id + "/rotate", admin).body), "token");
    open_connections open(g.port(), kLive, path);
    BOOST_TEST((open.status(first) == 200u && open.status(second) == 200u));
    BOOST_TEST(g.ask("DELETE", kLive, kAdmin + "/" + made.record.id, admin).status() == 204u);
    BOOST_TEST((open.status(first) == 401u && open.status(second) == 401u));
    for (const auto& token : {first, second}) BOOST_TEST(text_at(parsed(call(kLive, path, token).body), "problem") == "auth.invalid_token");
    BOOST_TEST(g.ask("POST", kLive, kAdmin + "/" + made.record.id + "/rotate", admin).status() == 409u, "there is no way back");
}

BOOST_FIXTURE_TEST_CASE(row_PA_3, clocked) {
    const std::map<std::string, std::vector<std::string>> keys{
        {"Accountant", {"customers:read", "invoices:read"}}, {"Reconciliation", {"payments:read"}}, {"Refunds operator", {"refunds:write"}}};
    for (const auto& [name, scopes] : keys) g.create("partner", named(name, scopes));
    std::map<std::string, std::vector<std::string>> listed;
    const auto rows = member(parsed(manage(g, "GET", "/api-tokens?api=partner").body), "data");
    for (const auto& row : rows.as_array()) {
        const auto scopes = member(row, "scopes");
        for (const auto& scope : scopes.as_array()) listed[text_at(row, "name")].emplace_back(scope.as_string());
    }
    BOOST_TEST((listed == keys));
}

BOOST_FIXTURE_TEST_CASE(row_PA_6, clocked) {
    const auto made = g.create_record("partner", named("Old name", {"invoices:read"}));
    const auto& id = made.record.id;
    patch(id, {{"name", "New name"}});
    BOOST_TEST(status("partner.test", "/invoices", text_of(made)) == 200u, "renaming keeps the secret");
    const auto record = parsed(on(id, "GET", "").body);
    BOOST_TEST(text_at(record, "name") == "New name");
    BOOST_TEST(text_at(record, "hint") == made.record.generations.front().hint);
    BOOST_TEST(on(id, "DELETE", "").status() == 204u);
    for (const std::string more : {"/enable", "/disable", "/rotate"}) BOOST_TEST(on(id, "POST", more).status() == 409u, more);
    BOOST_TEST(on(id, "PATCH", "", json::object{{"name", "Back"}}).status() == 409u);
    BOOST_TEST(status("partner.test", "/invoices", text_of(made)) == 401u, "revoking is permanent");
}

BOOST_FIXTURE_TEST_CASE(callers_on_an_old_secret_are_told_its_end, own) {
    const auto made = make({"things.read"});
    const auto ask = [&](const std::string& token, const std::string& path) { return g.ask("GET", "own.test", path, token); };
    BOOST_TEST(ask(text_of(made), "/things").count("X-Secret-Ends") == 0u);
    const auto second = text_at(parsed(as(make({"things.read"}), "POST", "/keys/" + made.record.id + "/rotate").body), "token");
    for (const std::string path : {std::string("/things"), std::string("/nowhere"), "/keys/" + made.record.id}) {
        BOOST_TEST(ask(text_of(made), path).field("X-Secret-Ends") == "2026-09-01T10:15:30.000000Z", path);
        BOOST_TEST(ask(second, path).count("X-Secret-Ends") == 0u, path);
    }
    time.advance(24h);
    BOOST_TEST((ask(text_of(made), "/things").status() == 401u && ask(text_of(made), "/things").count("X-Secret-Ends") == 0u));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
