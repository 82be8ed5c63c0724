// What Paylera demands, row by row, through the socket: environments, audiences, problem documents, its own admin API.
#include "flow/rows.hpp"

#include <set>

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

namespace {

const std::string kLive = "live.paylera.test", kSandbox = "sandbox.paylera.test";
const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kTraced = "traceparent: 00-" + kTrace + "-00f067aa0ba902b7-01\r\n";
const std::string kKey = "Idempotency-Key: k-1\r\n";

// A problem document of seven members, whose type follows from its name.
demanded problem(unsigned status, const std::string& challenge, const std::string& name, const std::string& title, const std::string& detail,
    const std::string& instance) {
    std::string path = name;
    std::replace(path.begin(), path.end(), '.', '/');
    std::replace(path.begin(), path.end(), '_', '-');
    const json::object body{{"type", "https://errors.paylera.io/" + path}, {"title", title}, {"status", status}, {"detail", detail},
        {"instance", instance}, {"problem", name}, {"trace_id", kTrace}};
    return {status, challenge, kProblem, json::serialize(body)};
}

demanded missing(const guarded& o) {
    return problem(401, "Bearer", "auth.missing_token", "Missing token", "The request has no Authorization: Bearer header.", o.path);
}
demanded invalid(const std::string& path) {
    return problem(401, kInvalid, "auth.invalid_token", "Invalid token", "The token does not exist or was revoked.", path);
}
demanded lacking(const guarded& o) {
    return problem(
        401, lacks(o.scope), "auth.scope_required", "Scope required", "The operation demands a scope that the token lacks: " + o.scope + ".", o.path);
}
demanded wrong_environment(const std::string& serves, const std::string& path) {
    return problem(401, kInvalid, "auth.wrong_environment", "Wrong environment",
        "The token belongs to another environment; this host serves " + serves + ".", path);
}
demanded audience(const std::string& takes, const std::string& path) {
    return problem(403, "", "auth.audience_required", "Audience required", "The operation takes tokens for " + takes + " only.", path);
}

create_token wish(std::string kind, std::vector<std::string> scopes, std::string environment = "live", std::string tenant = {}) {
    return of_kind(in_environment(named("Paylera", std::move(scopes)), std::move(environment), std::move(tenant)), std::move(kind));
}

message ask(const std::string& method, const std::string& host, const std::string& path, const std::string& token = {}, const std::string& more = {},
    const std::string& body = {}) {
    return shipped_gateway().ask(method, host, path, token, kTraced + more, body);
}

bool is_base62(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_paylera)

BOOST_AUTO_TEST_CASE(row_PL_1) {
    upstream live, sandbox;
    const std::string apis =
        "- name: paylera\n  contract: contracts/paylera.yaml\n  openapi: openapi/paylera.yaml\n"
        "  hosts: { live.paylera.test: live, sandbox.paylera.test: sandbox }\n"
        "  upstream: { live: { servers: [ \"http://" +
        live.address() + "\" ] }, sandbox: { servers: [ \"http://" + sandbox.address() + "\" ] } }\n";
    gateway g(apis, shipped_files());
    const auto for_live = g.create("paylera", wish("service", {"customers:read"}, "live"));
    const auto for_sandbox = g.create("paylera", wish("service", {"customers:read"}, "sandbox"));
    BOOST_TEST((for_live.starts_with("sk_live_") && for_live.size() == 8 + 32 && is_base62(for_live.substr(8))), "sk_live_ and 32 letters");
    BOOST_TEST((for_sandbox.starts_with("sk_sandbox_") && for_sandbox.size() == 11 + 32 && is_base62(for_sandbox.substr(11))), "sk_sandbox_ and 32");

    BOOST_TEST(g.ask("GET", kLive, "/v1/customers", for_live).status() == 200u);
    BOOST_TEST((live.requests().size() == 1 && sandbox.requests().empty()), "live reaches the live pool alone");
    BOOST_TEST(g.ask("GET", kSandbox, "/v1/customers", for_sandbox).status() == 200u);
    BOOST_TEST((live.requests().size() == 1 && sandbox.requests().size() == 1), "sandbox reaches the sandbox pool alone");
    BOOST_TEST(live.requests().back().field("X-Tollgate-Environment") == "live");
    BOOST_TEST(sandbox.requests().back().field("X-Tollgate-Environment") == "sandbox");

    const auto check_crossed = [&](const std::string& note) {
        check_answer(
            g.ask("GET", kSandbox, "/v1/customers", for_live, kTraced), wrong_environment("sandbox", "/v1/customers"), "live on sandbox" + note);
        check_answer(
            g.ask("GET", kLive, "/v1/customers", for_sandbox, kTraced), wrong_environment("live", "/v1/customers"), "sandbox on live" + note);
    };
    check_crossed("");
    g.tokens().close();
    check_crossed(", told by its text: no look-up could be made");
    check_answer(g.ask("GET", kSandbox, "/v1/customers", mistyped(for_live), kTraced), invalid("/v1/customers"), "no token of any environment");
    BOOST_TEST((live.requests().size() == 1 && sandbox.requests().size() == 1));
}

BOOST_AUTO_TEST_CASE(row_PL_2) {
    auto& g = shipped_gateway();
    const auto service = g.create("paylera", wish("service", {"*"})), customer = g.create("paylera", wish("customer", {"*"}));
    const auto admin = g.create("paylera", wish("admin", {"*"}));
    for (const auto& token : {service, customer, admin}) {
        BOOST_TEST(ask("GET", kLive, "/v1/customers", token).status() == 200u);
        BOOST_TEST(ask("HEAD", kLive, "/v1/customers/1", token).status() == 200u);
    }
    for (const auto& token : {service, admin}) {
        BOOST_TEST(ask("POST", kLive, "/v1/customers", token, kKey).status() == 200u);
        BOOST_TEST(ask("PATCH", kLive, "/v1/customers/1", token).status() == 200u);
    }
    BOOST_TEST(ask("GET", kLive, "/v1/admin/api-tokens", admin).status() == 200u);
    const auto before = shipped_upstream().requests().size();
    for (const std::string path : {"/v1/customers", "/v1/payments", "/v1/catalog/products", "/v1/subscriptions/1/cancel", "/v1/payments/1/refund"})
        check_answer(ask("POST", kLive, path, customer, kKey), audience("service, admin", path), "a customer's POST " + path);
    check_answer(ask("PATCH", kLive, "/v1/payments/1", customer), audience("service, admin", "/v1/payments/1"), "a customer's PATCH");
    for (const auto& token : {service, customer}) {
        check_answer(ask("GET", kLive, "/v1/admin/api-tokens", token), audience("admin", "/v1/admin/api-tokens"), "no admin lists");
        check_answer(ask("POST", kLive, "/v1/admin/api-tokens", token, kKey), audience("admin", "/v1/admin/api-tokens"), "no admin creates");
        check_answer(ask("DELETE", kLive, "/v1/admin/api-tokens/x", token), audience("admin", "/v1/admin/api-tokens/x"), "no admin revokes");
        for (const auto& r : g.of("paylera").routes.routes()) {
            if (!r.path.starts_with("/v1/admin/")) continue;
            const auto path = sample_path(r.path);
            check_answer(ask(r.method, kLive, path, token, kKey), audience("admin", path), "no admin: " + r.method + " " + path);
        }
    }
    BOOST_TEST(shipped_upstream().requests().size() == before);
    auto owned = wish("customer", {"customers:read"});
    owned.owner = "cus_7";
    BOOST_TEST(ask("GET", kLive, "/v1/customers", g.create("paylera", owned), "X-Tollgate-Subject: cus_8\r\n").status() == 200u);
    const auto told = shipped_upstream().requests().back();
    BOOST_TEST((told.count("X-Tollgate-Subject") == 1 && told.field("X-Tollgate-Subject") == "cus_7"), "whose data it is");
    BOOST_TEST(told.field("X-Tollgate-Audience") == "customer");
}

BOOST_AUTO_TEST_CASE(row_PL_3) {
    std::set<std::string> want{"*", "payments:refund"};
    for (const std::string area : {"catalog", "customers", "subscriptions", "payments", "webhooks"}) want.insert({area + ":read", area + ":write"});
    const auto have = names_of(published_catalogue(kLive));
    BOOST_TEST(std::set<std::string>(have.begin(), have.end()) == want, boost::test_tools::per_element());
    BOOST_TEST(have.size() == want.size());
    for (const auto& scope : want)
        BOOST_TEST(create({{"api", "paylera"}, {"name", scope}, {"environment", "live"}, {"scopes", {scope}}}).first == 201u, scope);
    check_refused_field({{"api", "paylera"}, {"name", "None"}, {"environment", "live"}}, "scopes", "at least one");
    check_refused_field({{"api", "paylera"}, {"name", "Unknown"}, {"environment", "live"}, {"scopes", {"payments:*"}}}, "scopes[0]", "payments:*");

    const auto wildcard = shipped_gateway().create("paylera", wish("service", {"*"}));
    for (const std::string path : {"/v1/catalog/products", "/v1/customers", "/v1/subscriptions", "/v1/payments", "/v1/webhooks"}) {
        BOOST_TEST(ask("GET", kLive, path, wildcard).status() == 200u, path);
        BOOST_TEST(ask("POST", kLive, path, wildcard, kKey).status() == 200u, path);
    }
    BOOST_TEST(shipped_upstream().requests().back().field("X-Tollgate-Scopes") == "*");
}

BOOST_AUTO_TEST_CASE(row_PL_4) {
    auto& g = shipped_gateway();
    const std::string path = "/v1/customers";
    const auto reads = wish("service", {"customers:read"});
    const auto good = g.create("paylera", reads);
    check_answer(ask("GET", kLive, path), missing({"GET", path, ""}), "missing");
    check_answer(ask("GET", kLive, path, "a b"),
        problem(401, kMalformed, "gateway.malformed_token", "The Authorization header is malformed", "The Authorization header is malformed", path),
        "malformed");
    check_answer(ask("GET", kLive, path, "sk_live_junk"), invalid(path), "junk");
    check_answer(ask("GET", kLive, path, mistyped(good)), invalid(path), "mistyped");
    check_answer(ask("GET", kLive, path, revoked_token(g, "paylera", reads)), invalid(path), "revoked");
    check_answer(ask("GET", kLive, path, expired_token(g, "paylera", reads)),
        problem(401, kInvalid, "auth.expired_token", "Expired token", "The token has expired.", path), "expired");
    check_answer(ask("GET", kSandbox, path, good), wrong_environment("sandbox", path), "another environment");
    check_answer(ask("PATCH", kLive, path + "/1", good), lacking({"PATCH", path + "/1", "customers:write"}), "scope");
    check_answer(ask("POST", kLive, "/v1/payments/1/refund", g.create("paylera", wish("service", {"payments:refund"})), kKey),
        problem(401, "Bearer error=\"insufficient_user_authentication\", acr_values=\"aal2\"", "auth.aal2_required", "AAL2 required",
            "The operation demands a second factor that the token's principal has not asserted.", "/v1/payments/1/refund"),
        "a second factor");
    check_answer(
        ask("GET", kLive, "/v1/nowhere", good), problem(404, "", "gateway.route_not_found", "No such route", "No such route", "/v1/nowhere"), "404");
    check_answer(
        ask("DELETE", kLive, path, good), problem(405, "", "gateway.method_not_allowed", "Method not allowed", "Method not allowed", path), "405");
    const auto untraced = g.ask("GET", kLive, path);
    BOOST_TEST(text_at(parsed(untraced.body), "trace_id") == untraced.field("X-Request-Id"), "without a trace of the caller's: our own");
    BOOST_TEST(untraced.field("X-Request-Id").size() == 32u);
}

BOOST_AUTO_TEST_CASE(row_PL_5) {
    auto& g = shipped_gateway();
    const demanded refused{400, "", kProblem,
        R"({"type":"https://errors.paylera.io/idempotency/required","title":"Idempotency-Key required",)"
        R"("status":400,"problem":"idempotency.required"})"};
    const auto everything = g.create("paylera", wish("service", {"*"})), admin = g.create("paylera", wish("admin", {"*"}));
    const auto before = shipped_upstream().requests().size();
    std::size_t posts = 0;
    for (const auto& r : g.of("paylera").routes.routes()) {
        if (r.method != "POST" || r.assurance > 1 || r.handler == "tokens.rotate" || r.handler.starts_with("oauth."))
            continue;  // a rotation repeated is one more; OAuth's own have no key
        const bool for_admins = r.audiences == std::vector<std::string>{"admin"};
        check_answer(ask("POST", kLive, sample_path(r.path), for_admins ? admin : everything), refused, r.path);
        ++posts;
    }
    BOOST_TEST(posts == 8u);
    BOOST_TEST(shipped_upstream().requests().size() == before);
    BOOST_TEST(ask("POST", kLive, "/v1/customers", everything, "idempotency-key: \"quoted\"\r\n").status() == 200u);
    BOOST_TEST(ask("PATCH", kLive, "/v1/customers/1", everything).status() == 200u, "PATCH needs no key");
}

BOOST_AUTO_TEST_CASE(row_PL_12) {
    auto& g = shipped_gateway();
    const std::string admin_path = "/v1/admin/api-tokens";
    const auto acme = g.create("paylera", wish("admin", {"*"}, "live", "acme"));
    const auto other_tenant = g.create_record("paylera", wish("service", {"customers:read"}, "live", "other"));
    const auto other_environment = g.create_record("paylera", wish("service", {"customers:read"}, "sandbox", "acme"));
    const auto own = g.create_record("paylera", wish("service", {"customers:read"}, "live", "acme"));

    BOOST_TEST(ask("GET", kLive, "/v1/customers", std::string(own.text.reveal())).status() == 200u);
    const auto told = shipped_upstream().requests().back();
    BOOST_TEST(told.field("X-Tollgate-Tenant") == "acme");
    BOOST_TEST(told.field("X-Tollgate-Environment") == "live");

    const auto listed = ask("GET", kLive, admin_path, acme);
    BOOST_TEST(listed.status() == 200u);
    const auto rows = member(parsed(listed.body), "data").as_array();
    BOOST_TEST(!rows.empty());
    for (const auto& row : rows) {
        BOOST_TEST(text_at(row, "tenant") == "acme");
        BOOST_TEST(text_at(row, "environment") == "live");
    }
    BOOST_TEST(ask("GET", kLive, admin_path + "/" + own.record.id, acme).status() == 200u);
    for (const auto* stranger : {&other_tenant, &other_environment}) {
        BOOST_TEST(ask("GET", kLive, admin_path + "/" + stranger->record.id, acme).status() == 404u);
        BOOST_TEST(ask("DELETE", kLive, admin_path + "/" + stranger->record.id, acme).status() == 404u);
        BOOST_TEST((g.tokens().show(stranger->record.id)->state == token_state::active));
    }
    const std::string as_json = kKey + "Content-Type: application/json\r\n";
    const auto made = ask("POST", kLive, admin_path, acme, as_json, R"({"name":"Mine","scopes":["customers:read"]})");
    BOOST_TEST(made.status() == 201u);
    BOOST_TEST(text_at(parsed(made.body), "tenant") == "acme");
    BOOST_TEST(text_at(parsed(made.body), "environment") == "live");
    const auto theirs = ask("POST", kLive, admin_path, acme, "Idempotency-Key: k-2\r\nContent-Type: application/json\r\n",
        R"({"name":"Theirs","scopes":["customers:read"],"tenant":"other"})");
    BOOST_TEST(theirs.status() == 422u, "nobody creates in another tenant");
    BOOST_TEST(ask("DELETE", kLive, admin_path + "/" + own.record.id, acme).status() == 204u);
    check_answer(ask("GET", kLive, "/v1/customers", std::string(own.text.reveal())), invalid("/v1/customers"), "revoked by its tenant's admin");
}

BOOST_AUTO_TEST_CASE(row_PL_13) {
    std::vector<guarded> operations;
    for (const auto& [path, area] : std::vector<std::pair<std::string, std::string>>{{"/v1/catalog/products", "catalog"},
             {"/v1/customers", "customers"}, {"/v1/subscriptions", "subscriptions"}, {"/v1/payments", "payments"}, {"/v1/webhooks", "webhooks"}}) {
        operations.push_back({"GET", path, area + ":read"});
        operations.push_back({"GET", path + "/1", area + ":read"});
        operations.push_back({"POST", path, area + ":write"});
        operations.push_back({"PATCH", path + "/1", area + ":write"});
    }
    operations.push_back({"POST", "/v1/subscriptions/1/cancel", "subscriptions:write"});
    for (const std::string environment : {"live", "sandbox"})
        check_guards({"paylera", environment + ".paylera.test", environment, "service"}, operations, {missing, lacking}, kTraced + kKey);

    // Refunds wait for second factors; before that, the right scope is not enough and the wrong one is not looked at.
    const auto refunds = shipped_gateway().create("paylera", wish("service", {"payments:refund"}));
    BOOST_TEST(ask("POST", kLive, "/v1/payments/1/refund", refunds, kKey).status() == 401u);
    const auto admin = shipped_gateway().create("paylera", wish("admin", {"customers:read"}));
    BOOST_TEST(ask("GET", kLive, "/v1/admin/api-tokens", admin).status() == 200u);
    const auto beyond = ask("POST", kLive, "/v1/admin/api-tokens", admin, kKey + "Content-Type: application/json\r\n",
        R"({"name":"Beyond","scopes":["customers:read","payments:read"]})");
    BOOST_TEST(beyond.status() == 422u, "nobody gives what they do not hold");
    BOOST_TEST(text_at(member(parsed(beyond.body), "errors").as_array().at(0), "field") == "scopes[1]");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
