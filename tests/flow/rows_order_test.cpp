// C-13, pair by pair: of two things that are wrong, the answer names the one that is checked first. And what the gateway
// answers while its store cannot (C-11, T-9), what junk costs (C-12, T-6) and tells (T-3).
#include "flow/rows.hpp"
#include "support/wire.hpp"

namespace tollgate::test {
namespace {

const std::string kContract = R"(
environments: [test, prod]
transport: https_only
tokens:
  - { kind: robot, audience: machine, format: "ak_{environment}_{random}" }
  - { kind: human, audience: person, format: "hk_{environment}_{random}" }
)";

const std::string kDocument = R"(
openapi: 3.1.0
info: { title: Acme, version: '1' }
x-scopes: { read: Read, write: Write, look: Look inside }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
security: [ { token: [read] } ]
paths:
  /open: { get: { security: [], responses: {} } }
  /things: { get: { responses: {} } }
  /strict:
    post:
      security: [ { token: [write] } ]
      x-audiences: [person]
      x-aal: 2
      x-idempotency: required
      x-include-scopes: { inside: look }
      responses: {}
  /scoped:
    post: { security: [ { token: [write] } ], x-audiences: [person], x-idempotency: required, x-include-scopes: { inside: look }, responses: {} }
)";

const std::string kApis = R"(
- name: acme
  hosts: { test.acme.example: test, prod.acme.example: prod }
  contract: contract.yaml
  openapi: openapi.yaml
  upstream: { test: { servers: [ "http://@UP@" ] }, prod: { servers: [ "http://@UP@" ] } }
)";

const std::string kHost = "test.acme.example";

struct acme {
    explicit acme(bool secure = true) : g(kApis, {{"contract.yaml", kContract}, {"openapi.yaml", kDocument}}, &up, {.more = {}, .secure = secure}) {}
    upstream up;
    gateway g;

    create_token wish(const std::string& kind, std::vector<std::string> scopes, const std::string& environment = "test") {
        return of_kind(in_environment(named("Acme", std::move(scopes)), environment), kind);
    }
    std::string token(const std::string& kind, std::vector<std::string> scopes, const std::string& environment = "test") {
        return g.create("acme", wish(kind, std::move(scopes), environment));
    }
    message say(const std::string& bytes) {
        conversation talk(g.port());
        return talk.ask(bytes);
    }
    void refuses(const std::string& bytes, unsigned status, const std::string& reason, const std::string& note) {
        const auto got = say(bytes);
        BOOST_TEST_CONTEXT(note << ", answered " << got.raw_head << got.body) {
            BOOST_TEST(got.status() == status);
            BOOST_TEST(text_at(parsed(got.body), "reason") == reason);
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_order)

BOOST_AUTO_TEST_CASE(row_C_13) {
    acme a;
    const auto& g = a.g;
    const auto robot = a.token("robot", {"read"}), person = a.token("human", {"read"}), writer = a.token("human", {"read", "write"});
    const auto elsewhere = a.token("robot", {"read"}, "prod"), gone = revoked_token(a.g, "acme", a.wish("robot", {"read"}));
    const auto late = expired_token(a.g, "acme", a.wish("robot", {"read"}));
    auto both = a.wish("robot", {"read"});
    both.expires_in = "1ms";
    auto late_and_gone = a.g.create_record("acme", both);
    while (g.time.now() <= *late_and_gone.record.expires_at) std::this_thread::yield();
    BOOST_TEST(a.g.tokens().revoke(late_and_gone.record.id, {"test", "unix"}).has_value());
    const auto foreign_gone = revoked_token(a.g, "acme", a.wish("robot", {"read"}, "prod"));
    const std::string two_lengths = "Content-Length: 2\r\nContent-Length: 3\r\n", two_headers = "Authorization: Bearer x\r\n";
    const auto get = [](const std::string& path, const std::string& token = {}, const std::string& more = {}, const std::string& host = kHost) {
        return request_text("GET", host, path, token, more);
    };
    const auto post = [](const std::string& path, const std::string& token, const std::string& more = {}) {
        return request_text("POST", kHost, path, token, more);
    };

    a.refuses(get("/things", robot, two_lengths, "nobody.example"), 400, "bad_request", "framing before host");
    a.refuses(get("/things", {}, {}, "nobody.example"), 421, "host_unknown", "host before missing");
    BOOST_TEST(a.up.saw_nothing());
    BOOST_TEST(a.say(get("/open", "a b", two_headers)).status() == 200u, "public before malformed");
    BOOST_TEST(a.say(get("/open", gone)).status() == 200u, "public before invalid");
    a.refuses(get("/nowhere"), 401, "missing_token", "missing before 404");
    a.refuses(request_text("PUT", kHost, "/things"), 401, "missing_token", "missing before 405");
    a.refuses(get("/nowhere", "a b"), 401, "malformed_token", "malformed before 404");
    a.refuses(get("/things", elsewhere, two_headers), 401, "malformed_token", "malformed before environment");
    a.refuses(get("/nowhere", elsewhere), 401, "wrong_environment", "environment before 404");
    a.refuses(get("/things", foreign_gone), 401, "wrong_environment", "environment before invalid");
    a.refuses(get("/nowhere", gone), 401, "invalid_token", "invalid before 404");
    a.refuses(request_text("PUT", kHost, "/things", gone), 401, "invalid_token", "invalid before 405");
    a.refuses(get("/things", std::string(late_and_gone.text.reveal())), 401, "invalid_token", "invalid before expired");
    a.refuses(get("/nowhere", late), 401, "expired_token", "expired before 404");
    a.refuses(post("/strict", late), 401, "expired_token", "expired before audience");
    a.refuses(get("/nowhere", person), 404, "route_not_found", "no route: nothing else is demanded");
    a.refuses(get("/strict", robot), 405, "method_not_allowed", "405 before audience");
    a.refuses(post("/strict", robot), 403, "audience_required", "audience before assurance");
    a.refuses(post("/scoped", robot), 403, "audience_required", "audience before scope");
    a.refuses(post("/strict", person), 401, "assurance_required", "assurance before scope");
    a.refuses(post("/scoped?include=inside", person), 403, "scope_required", "scope before include");
    a.refuses(post("/scoped", person), 403, "scope_required", "scope before idempotency");
    a.refuses(post("/scoped?include=inside", writer), 403, "include_forbidden", "include before idempotency");
    a.refuses(post("/scoped", writer), 400, "idempotency_required", "idempotency last");
    BOOST_TEST(a.say(post("/scoped", writer, "Idempotency-Key: k\r\n")).status() == 200u, "and nothing is wrong");
    BOOST_TEST(a.up.requests().size() == 3u);

    acme plain(false);
    const auto token = plain.token("robot", {"read"});
    plain.refuses(get("/things", {}, {}, "nobody.example"), 421, "host_unknown", "host before transport");
    plain.refuses(get("/open"), 400, "insecure_transport", "transport before public");
    plain.refuses(get("/things"), 400, "insecure_transport", "transport before missing");
    plain.refuses(get("/things", token), 400, "insecure_transport", "transport, and nothing else");
    BOOST_TEST(plain.up.saw_nothing());
}

BOOST_AUTO_TEST_CASE(row_C_11) {
    acme a;
    const auto known = a.token("robot", {"read"}), fresh = a.token("robot", {"read"}), never_seen = a.token("human", {"read"});
    const auto with = [](const std::string& token) { return request_text("GET", kHost, "/things", token); };
    conversation open(a.g.port());
    BOOST_TEST(open.ask(with(known)).status() == 200u);
    a.g.tokens().close();
    BOOST_TEST(!a.g.tokens().is_open());
    BOOST_TEST(open.ask(with(known)).status() == 200u, "what the connection's thread knows goes on working");
    for (int i = 0; i < 4; ++i) {
        const auto got = open.ask(with(fresh));
        check_answer(got, generic(503, "", "store_unavailable", "Temporarily unavailable"), "what has to be read");
        BOOST_TEST(got.field("Retry-After") == "1");
    }
    BOOST_TEST(a.say(with(mistyped(fresh))).status() == 401u, "junk is junk without a look-up");
    BOOST_TEST(a.say(request_text("GET", kHost, "/open")).status() == 200u, "public routes need no store");
    BOOST_TEST(a.g.tokens().reopen().has_value());
    BOOST_TEST(open.ask(with(fresh)).status() == 200u, "nothing was remembered as absent");
    BOOST_TEST(open.ask(with(never_seen)).status() == 200u);
    BOOST_TEST(open.ask(with(known)).status() == 200u);
}

BOOST_AUTO_TEST_CASE(row_C_12) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    struct row {
        std::string api, host, path, environment, prefix, scope;
        std::size_t letters;
    };
    // 43 base62 letters are 256 bits, 26 are 154; six more are the checksum.
    const std::vector<row> rows{{"payrequest", "payrequest.test", "/api/v1/invoices", "", "pr_", "billing.read", 43 + 6},
        {"paymenter", "paymenter.test", "/api/v1/admin/users", "", "pma_", "users.view", 43 + 6},
        {"client-portal", "client-portal.test", "/api/v1/services", "", "ot_live_", "", 43 + 6},
        {"partner", "partner.test", "/invoices", "", "pk_", "invoices:read", 43 + 6},
        {"paylera", "live.paylera.test", "/v1/customers", "live", "sk_live_", "customers:read", 26 + 6}};
    for (const auto& r : rows) {
        auto wish = r.scope.empty() ? named("C-12") : named("C-12", {r.scope});
        wish.environment = r.environment;
        const auto token = g.create(r.api, wish);
        BOOST_TEST((token.starts_with(r.prefix) && token.size() == r.prefix.size() + r.letters), token.size());
        BOOST_TEST(token != g.create(r.api, wish));
        g.tokens().close();
        BOOST_TEST(g.ask("GET", r.host, r.path, token).status() == 503u, r.api + ": a good text is looked up");
        for (std::size_t i = r.prefix.size(); i < token.size(); ++i) {
            auto changed = token;
            changed[i] = changed[i] == 'Q' ? 'R' : 'Q';
            BOOST_TEST(
                g.ask("GET", r.host, r.path, changed).status() == 401u, r.api + ": junk is refused without a look-up, letter " + std::to_string(i));
        }
        BOOST_TEST(g.tokens().reopen().has_value());
    }
    BOOST_TEST(up.saw_nothing());
}

BOOST_AUTO_TEST_CASE(row_T_9) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    struct row {
        std::string api, host, path, environment, scope, type, body;
    };
    const std::string paylera = R"({"type":"https://errors.paylera.io/gateway/store-unavailable","title":"Temporarily unavailable","status":503,)"
                                R"("detail":"Temporarily unavailable","instance":"/v1/customers","problem":"gateway.store_unavailable",)"
                                R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"})";
    const std::vector<row> rows{
        {"payrequest", "payrequest.test", "/api/v1/invoices", "", "billing.read", kJson, R"({"message":"Temporarily unavailable."})"},
        {"paymenter", "paymenter.test", "/api/v1/admin/users", "", "users.view", kJson, R"({"error":"Temporarily unavailable."})"},
        {"client-portal", "client-portal.test", "/api/v1/services", "", "", kJson, R"({"message":"Temporarily unavailable."})"},
        {"paylera", "live.paylera.test", "/v1/customers", "live", "customers:read", kProblem, paylera},
        {"partner", "partner.test", "/invoices", "", "invoices:read", kProblem,
            generic(503, "", "store_unavailable", "Temporarily unavailable").body}};
    std::vector<std::string> tokens, revoked;
    for (const auto& r : rows) {
        auto wish = r.scope.empty() ? named("T-9") : named("T-9", {r.scope});
        wish.environment = r.environment;
        tokens.push_back(g.create(r.api, wish));
        revoked.push_back(revoked_token(g, r.api, wish));
    }
    g.tokens().close();
    const std::string traced = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (const auto& token : {tokens[i], revoked[i]}) {
            const auto got = g.ask("GET", rows[i].host, rows[i].path, token, traced);
            check_answer(got, {503, "", rows[i].type, rows[i].body}, rows[i].api);
            BOOST_TEST(got.field("Retry-After") == "1");
        }
    BOOST_TEST(up.saw_nothing(), "never open");
    const auto create = manage(g, "POST", "/api-tokens", json::object{{"api", "partner"}, {"name", "No"}, {"scopes", {"invoices:read"}}});
    BOOST_TEST(create.status() == 503u);
    BOOST_TEST(create.field("Retry-After") == "1");
    BOOST_TEST(create.body.find("\"token\"") == std::string::npos, "no text of a token that is not kept");
    BOOST_TEST(manage(g, "GET", "/api-tokens").status() == 503u);
    const auto ready = [&] {
        auto s = socket::connect(g.management_port());
        s.send(request_text("GET", "localhost", "/readyz"));
        reader in(s);
        return in.response().status();
    };
    BOOST_TEST(ready() == 503u);
    BOOST_TEST(g.tokens().reopen().has_value());
    BOOST_TEST(ready() == 200u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST(g.ask("GET", rows[i].host, rows[i].path, tokens[i]).status() == 200u, rows[i].api);
        BOOST_TEST(g.ask("GET", rows[i].host, rows[i].path, revoked[i]).status() == 401u, rows[i].api);
    }
}

BOOST_AUTO_TEST_CASE(row_T_3) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up), elsewhere(shipped_apis(), shipped_files(), &up);
    struct row {
        std::string api, host, path, environment, scope;
    };
    for (const auto& r : {row{"payrequest", "payrequest.test", "/api/v1/invoices", "", "billing.read"},
             row{"paymenter", "paymenter.test", "/api/v1/admin/users", "", "users.view"},
             row{"client-portal", "client-portal.test", "/api/v1/services", "", ""},
             row{"paylera", "live.paylera.test", "/v1/customers", "live", "customers:read"},
             row{"partner", "partner.test", "/invoices", "", "invoices:read"}}) {
        auto wish = r.scope.empty() ? named("T-3") : named("T-3", {r.scope});
        wish.environment = r.environment;
        // The bytes of an answer, but for the time and what is different for every request.
        const auto bytes = [&](const std::string& token) {
            const auto got = g.ask("GET", r.host, r.path, token, "traceparent: 00-" + std::string(32, 'a') + "-" + std::string(16, 'b') + "-01\r\n");
            std::string out = got.start_line + "\n";
            for (const auto& [name, value] : got.fields) out += name + ": " + (name == "Date" || name == "X-Request-Id" ? "" : value) + "\n";
            return out + got.body;
        };
        const auto revoked = bytes(revoked_token(g, r.api, wish)), unknown = bytes(elsewhere.create(r.api, wish));
        BOOST_TEST(revoked.starts_with("HTTP/1.1 401 "), revoked);
        BOOST_TEST(revoked == unknown, r.api);
        BOOST_TEST(bytes(mistyped(elsewhere.create(r.api, wish))) == unknown, r.api + ": neither does a checksum tell");
    }
    BOOST_TEST(up.saw_nothing());
}

// Once met by a thread, none of them is looked for in the store again, so that this cannot tell them apart. (In time: tools/measure alike.)
BOOST_AUTO_TEST_CASE(row_T_3_costs_the_same_once_met) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up, {.threads = 1}), elsewhere(shipped_apis(), shipped_files(), &up);
    const auto wish = named("T-3", {"invoices.view"});
    const auto disabled = g.create_record("paymenter", wish);
    BOOST_TEST(manage(g, "POST", "/api-tokens/" + disabled.record.id + "/disable").status() == 200u);
    const std::vector<std::string> all{elsewhere.create("paymenter", wish), revoked_token(g, "paymenter", wish), std::string(disabled.text.reveal())};
    conversation talk(g.port());
    const auto ask = [&](const std::string& token) { return talk.ask(request_text("GET", "paymenter.test", "/api/v1/admin/invoices", token)); };
    const auto body = ask(all.front()).body;
    for (const auto& token : all) BOOST_TEST(ask(token).body == body);
    for (int i = 0; i < 100; ++i)
        for (const auto& token : all) BOOST_TEST(ask(token).body == body);
    // Threads say what they have counted some times a second: when all but the first look-up of each is there, so are the reads.
    BOOST_TEST(eventually([&] { return figure(g, "tollgate_grant_cache_hits_total") + figure(g, "tollgate_grant_cache_negatives_total") >= 300.0; }));
    BOOST_TEST(figure(g, "tollgate_grant_cache_misses_total") == 2.0);  // nobody issued the third: no store is asked
    BOOST_TEST(up.saw_nothing());
}

BOOST_AUTO_TEST_CASE(row_T_6) {
    acme a;
    acme elsewhere;
    const auto good = a.token("robot", {"read"}), unknown = elsewhere.token("robot", {"read"});
    const auto get = [](const std::string& token) { return request_text("GET", kHost, "/things", token); };
    a.g.tokens().close();
    conversation talk(a.g.port());
    for (int i = 0; i < 1000; ++i) {
        auto junk = unknown;
        const auto digits = std::to_string(1000 + i);
        junk.replace(junk.size() - 20, digits.size(), digits);
        if (junk == unknown) continue;
        const auto status = talk.ask(get(junk)).status();
        if (status != 401u) BOOST_TEST(status == 401u, "a bad checksum asks no store: " << i);
    }
    BOOST_TEST(talk.ask(get(unknown)).status() == 401u, "neither does a good one that nobody issued");
    BOOST_TEST(talk.ask(get(good)).status() == 503u, "one that somebody did, does");
    BOOST_TEST(a.g.tokens().reopen().has_value());
    for (int i = 0; i < 3; ++i) BOOST_TEST(talk.ask(get(unknown)).status() == 401u);
    BOOST_TEST(talk.ask(get(good)).status() == 200u);
    a.g.tokens().close();
    BOOST_TEST(talk.ask(get(good)).status() == 200u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
