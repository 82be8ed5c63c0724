// What the client portal and the partner dashboard demand, row by row, through the socket.
#include "flow/rows.hpp"

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

BOOST_AUTO_TEST_SUITE(rows_portal)

// --- client portal ---

const place kPortal{"client-portal", "client-portal.test", "", ""};

BOOST_AUTO_TEST_CASE(row_CP_2) {
    const auto [status, record] = create({{"api", "client-portal"}, {"name", "My Integration"}, {"owner", "client-7"}});
    BOOST_TEST(status == 201u);
    BOOST_TEST(text_at(record, "token").starts_with("ot_live_"));
    BOOST_TEST(text_at(record, "hint").starts_with("ot_live_"));
    BOOST_TEST(get(kPortal.host, "/api/v1/services", text_at(record, "token")).status() == 200u);
    BOOST_TEST(shipped_upstream().requests().back().field("X-Tollgate-Subject") == "client-7");
}

BOOST_AUTO_TEST_CASE(row_CP_3) {
    const auto [status, record] = create({{"api", "client-portal"}, {"name", "Endless"}});
    BOOST_TEST(status == 201u);
    BOOST_TEST(member(record, "expires_at").is_null());
    check_refused_field({{"api", "client-portal"}, {"name", "In"}, {"expires_in", "24h"}}, "expires_in", "never expire");
    check_refused_field({{"api", "client-portal"}, {"name", "At"}, {"expires_at", "2199-01-01T00:00:00Z"}}, "expires_at", "never expire");
}

BOOST_AUTO_TEST_CASE(row_CP_5) {
    check_strangers(kPortal, "/api/v1/services", named("CP-5"),
        {{401, "Bearer", kJson, kUnauthenticated}, {401, kMalformed, kJson, kUnauthenticated}, {401, kInvalid, kJson, kUnauthenticated}}, false);
}

BOOST_AUTO_TEST_CASE(row_CP_6) {
    std::vector<guarded> operations;  // and /api/v1/me: row CP-4
    for (const std::string r : {"services", "invoices", "orders", "domains"}) {
        operations.push_back({"GET", "/api/v1/" + r, ""});
        operations.push_back({"GET", "/api/v1/" + r + "/3", ""});
    }
    check_guards(kPortal, operations, {[](const guarded&) { return demanded{401, "Bearer", kJson, kUnauthenticated}; }, nullptr});
    const auto token = shipped_gateway().create("client-portal");
    const auto before = shipped_upstream().requests().size();
    for (const auto& o : operations)
        for (const std::string method : {"POST", "PUT", "PATCH", "DELETE"}) {
            const auto got = shipped_gateway().ask(method, kPortal.host, o.path, token);
            check_answer(got, {405, "", kJson, R"({"message":"Method not allowed."})"}, method + " " + o.path);
            BOOST_TEST(got.field("Allow") == "GET, HEAD");
        }
    BOOST_TEST(shipped_upstream().requests().size() == before);
}

// --- partner dashboard ---

const place kPartner{"partner", "partner.test", "", ""};
const std::vector<std::string> kAreas{"invoices", "payments", "customers", "refunds", "webhooks", "hosted_checkout", "payouts"};

demanded partner_missing(const guarded&) { return generic(401, "Bearer", "missing_token", "A bearer token is required"); }
demanded partner_lacking(const guarded& o) {
    return generic(403, lacks(o.scope), "scope_required", "The token lacks a scope that this route demands");
}

BOOST_AUTO_TEST_CASE(row_PA_1) {
    std::vector<std::string> want;
    for (const auto& a : kAreas) {
        want.push_back(a + ":read");
        if (a != "payouts") want.push_back(a + ":write");
    }
    auto have = names_of(published_catalogue(kPartner.host));
    std::sort(want.begin(), want.end());
    std::sort(have.begin(), have.end());
    BOOST_TEST(have == want, boost::test_tools::per_element());
    check_refused_field({{"api", "partner"}, {"name", "None"}}, "scopes", "at least one");
    check_refused_field({{"api", "partner"}, {"name", "No such"}, {"scopes", {"payouts:write"}}}, "scopes[0]", "payouts:write");
    json::array all(want.begin(), want.end());
    BOOST_TEST(create({{"api", "partner"}, {"name", "Select all"}, {"scopes", all}}).first == 201u);
}

BOOST_AUTO_TEST_CASE(row_PA_4) {
    const auto document = parsed(get(kPartner.host, "/openapi.json").body);
    BOOST_TEST(text_at(document, "openapi").starts_with("3."));
    BOOST_TEST(member(document, "x-scopes").as_object().size() == 13u);
    std::size_t operations = 0;
    for (const auto& r : shipped_gateway().of("partner").routes.routes()) {
        if (r.handler.starts_with("oauth.")) continue;  // no part of the document: the contract's
        std::string method = r.method;
        std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const auto operation = member(member(member(document, "paths"), r.path), method);
        const auto scope = r.scope_text();
        BOOST_TEST(member(operation, "x-scopes") == json::value(json::array{scope}), r.method + " " + r.path);
        const auto security = member(operation, "security");
        BOOST_REQUIRE_MESSAGE(security.is_array() && security.as_array().size() == 1, r.path);
        BOOST_TEST(security.as_array().front().as_object().begin()->value() == json::value(json::array{scope}), r.path);
        ++operations;
    }
    BOOST_TEST(operations == 26u);
}

BOOST_AUTO_TEST_CASE(row_PA_7) {
    struct role {
        std::vector<std::string> scopes;
        std::vector<std::string> may;
    };
    const std::vector<role> roles{{{"customers:read", "invoices:read"}, {"GET /customers", "GET /customers/1", "GET /invoices", "GET /invoices/1"}},
        {{"payments:read"}, {"GET /payments", "GET /payments/1"}}, {{"refunds:write"}, {"POST /refunds", "PATCH /refunds/1"}}};
    auto& g = shipped_gateway();
    for (const auto& r : roles) {
        const auto token = g.create("partner", named("Role", r.scopes));
        for (const auto& route : g.of("partner").routes.routes()) {
            if (route.handler.starts_with("oauth.")) continue;
            std::string path = route.path;
            if (const auto open = path.find('{'); open != std::string::npos) path.replace(open, std::string::npos, "1");
            const bool may = std::find(r.may.begin(), r.may.end(), route.method + " " + path) != r.may.end();
            BOOST_TEST(
                g.ask(route.method, kPartner.host, path, token).status() == (may ? 200u : 403u), r.scopes.front() + ": " + route.method + " " + path);
        }
    }
}

BOOST_AUTO_TEST_CASE(row_PA_8) {
    check_strangers(kPartner, "/invoices", named("PA-8", {"invoices:read"}),
        {generic(401, "Bearer", "missing_token", "A bearer token is required"),
            generic(401, kMalformed, "malformed_token", "The Authorization header is malformed"),
            generic(401, kInvalid, "invalid_token", "The token is not valid")},
        false);
    auto& g = shipped_gateway();
    check_answer(get(kPartner.host, "/invoices", expired_token(g, "partner", named("PA-8", {"invoices:read"}))),
        generic(401, kInvalid, "expired_token", "The token has expired"), "expired");
    check_answer(
        get(kPartner.host, "/payouts", g.create("partner", named("PA-8", {"invoices:read"}))), partner_lacking({"", "", "payouts:read"}), "lacking");
    check_answer(get(kPartner.host, "/nowhere", g.create("partner", named("PA-8", {"invoices:read"}))),
        generic(404, "", "route_not_found", "No such route"), "no route");
}

BOOST_AUTO_TEST_CASE(row_PA_9) {
    std::vector<guarded> operations;
    for (const auto& a : kAreas) {
        const std::string path = a == "hosted_checkout" ? "/hosted-checkout" : "/" + a;
        operations.push_back({"GET", path, a + ":read"});
        operations.push_back({"GET", path + "/1", a + ":read"});
        if (a == "payouts") continue;
        operations.push_back({"POST", path, a + ":write"});
        operations.push_back({"PATCH", path + "/1", a + ":write"});
    }
    check_guards(kPartner, operations, {partner_missing, partner_lacking});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
