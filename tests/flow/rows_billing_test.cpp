// What PayRequest and Paymenter demand, row by row, through the socket.
#include "flow/rows.hpp"

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

BOOST_AUTO_TEST_SUITE(rows_billing)

// --- PayRequest ---

const place kPayRequest{"payrequest", "payrequest.test", "", ""};
const std::string kInvalidScope = R"({"success":false,"error":"Invalid scope(s) provided."})";
const refusals_of kPayRequestRefuses{[](const guarded&) { return demanded{401, "Bearer", kJson, kUnauthenticated}; },
    [](const guarded& o) { return demanded{403, lacks(o.scope), kJson, kInvalidScope}; }};

BOOST_AUTO_TEST_CASE(row_PR_1) {
    struct entry {
        std::string name, description, use_case;
    };
    const std::vector<entry> catalogue{{"billing.read", "Read invoices, subscriptions, transactions", "Dashboards, reporting, monitoring"},
        {"billing.write", "Create and modify invoices and subscriptions", "Invoice automation, billing workflows"},
        {"billing.agent", "Full AI billing agent access", "MCP integrations, AI assistants"},
        {"customers.read", "Read customer information", "CRM integrations, customer lookup"},
        {"customers.write", "Create and modify customers", "Customer sync, onboarding automation"},
        {"products.read", "Read product catalog", "Catalog sync, price checks"},
        {"products.write", "Create and modify products", "Product management automation"}};
    const auto published = published_catalogue(kPayRequest.host);
    const auto managed = member(parsed(manage(shipped_gateway(), "GET", "/apis/payrequest/scopes").body), "data");
    BOOST_REQUIRE(managed.is_array());
    BOOST_TEST(published.as_object().size() == catalogue.size());
    BOOST_TEST(managed.as_array().size() == catalogue.size());
    for (const auto& e : catalogue) {
        BOOST_TEST(text_at(published, e.name) == e.description, e.name);
        const auto& rows = managed.as_array();
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const json::value& r) { return text_at(r, "name") == e.name; });
        BOOST_REQUIRE_MESSAGE(row != rows.end(), e.name);
        BOOST_TEST(text_at(*row, "description") == e.description, e.name);
        BOOST_TEST(text_at(*row, "use_case") == e.use_case, e.name);
    }
}

BOOST_AUTO_TEST_CASE(row_PR_2) {
    const auto [status, record] = create({{"api", "payrequest"}, {"name", "Default"}});
    BOOST_TEST(status == 201u);
    BOOST_TEST(member(record, "scopes") == parsed(R"(["billing.read"])"));
    const auto token = text_at(record, "token");
    BOOST_TEST(get(kPayRequest.host, "/api/v1/invoices", token).status() == 200u);
    BOOST_TEST(shipped_gateway().ask("POST", kPayRequest.host, "/api/v1/invoices", token).status() == 403u);
    check_refused_field({{"api", "payrequest"}, {"name", "Unknown"}, {"scopes", {"billing.read", "billing.fly"}}}, "scopes[1]", "billing.fly");
}

BOOST_AUTO_TEST_CASE(row_PR_3) {
    auto& g = shipped_gateway();
    const auto agent = g.create("payrequest", named("Agent", {"billing.agent"}));
    BOOST_TEST(get(kPayRequest.host, "/api/v1/invoices", agent).status() == 200u);
    BOOST_TEST(g.ask("POST", kPayRequest.host, "/api/v1/invoices", agent).status() == 200u);
    const auto told = shipped_upstream().requests().back().field("X-Tollgate-Scopes");
    BOOST_TEST(told == "billing.read billing.write billing.agent");
    for (const std::string method : {"GET", "POST"})
        for (const std::string path : {"customers", "products"}) {
            const auto scope = path + (method == "GET" ? ".read" : ".write");
            check_answer(g.ask(method, kPayRequest.host, "/api/v1/" + path, agent), {403, lacks(scope), kJson, kInvalidScope}, method + " " + path);
        }
    const auto rows = member(parsed(manage(g, "GET", "/apis/payrequest/scopes").body), "data");
    for (const auto& row : rows.as_array()) {
        const bool is_agent = text_at(row, "name") == "billing.agent";
        BOOST_TEST(member(row, "includes") == parsed(is_agent ? R"(["billing.read","billing.write"])" : "[]"), text_at(row, "name"));
    }
}

BOOST_AUTO_TEST_CASE(row_PR_5) {
    const demanded known{401, kInvalid, kJson, kUnauthenticated};
    check_strangers(kPayRequest, "/api/v1/invoices", named("PR-5"),
        {{401, "Bearer", kJson, kUnauthenticated}, {401, kMalformed, kJson, kUnauthenticated}, known});
}

BOOST_AUTO_TEST_CASE(row_PR_6) {
    auto& g = shipped_gateway();
    const auto token = g.create("payrequest", named("PR-6", {"customers.read"}));
    check_answer(get(kPayRequest.host, "/api/v1/invoices", token), {403, lacks("billing.read"), kJson, kInvalidScope}, "GET");
    check_answer(
        g.ask("PUT", kPayRequest.host, "/api/v1/customers/7", token, "", "{}"), {403, lacks("customers.write"), kJson, kInvalidScope}, "PUT");
    BOOST_TEST(get(kPayRequest.host, "/api/v1/customers/7", token).status() == 200u);
}

BOOST_AUTO_TEST_CASE(row_PR_7) {
    auto& g = shipped_gateway();
    const auto [status, record] = create({{"api", "payrequest"}, {"name", "Deleted"}});
    const auto path = "/api-tokens/" + text_at(record, "id");
    const auto request = request_text("GET", kPayRequest.host, "/api/v1/invoices", text_at(record, "token"));
    conversation open(g.port());
    BOOST_TEST(open.ask(request).status() == 200u);
    BOOST_TEST(manage(g, "DELETE", path).status() == 204u);
    check_answer(open.ask(request), {401, kInvalid, kJson, kUnauthenticated}, "the next request of an open connection");
    check_answer(get(kPayRequest.host, "/api/v1/invoices", text_at(record, "token")), {401, kInvalid, kJson, kUnauthenticated}, "a new connection");
    const auto revoked_at = text_at(parsed(manage(g, "GET", path).body), "revoked_at");
    BOOST_TEST(!revoked_at.empty());
    BOOST_TEST(manage(g, "DELETE", path).status() == 204u, "again");
    const auto after = parsed(manage(g, "GET", path).body);
    BOOST_TEST(text_at(after, "state") == "revoked");
    BOOST_TEST(text_at(after, "revoked_at") == revoked_at);
}

BOOST_AUTO_TEST_CASE(row_PR_9) {
    check_guards(kPayRequest,
        {{"GET", "/api/v1/invoices", "billing.read"}, {"GET", "/api/v1/invoices/42", "billing.read"},
            {"GET", "/api/v1/invoices/stats", "billing.read"}, {"GET", "/api/v1/invoices/overdue", "billing.read"},
            {"POST", "/api/v1/invoices", "billing.write"}, {"POST", "/api/v1/invoices/42/reminder", "billing.write"}},
        kPayRequestRefuses);
}

BOOST_AUTO_TEST_CASE(row_PR_11) {
    check_guards(kPayRequest,
        {{"GET", "/api/v1/customers", "customers.read"}, {"POST", "/api/v1/customers", "customers.write"},
            {"GET", "/api/v1/customers/9", "customers.read"}, {"PUT", "/api/v1/customers/9", "customers.write"},
            {"GET", "/api/v1/products", "products.read"}, {"POST", "/api/v1/products", "products.write"},
            {"GET", "/api/v1/products/9", "products.read"}, {"PUT", "/api/v1/products/9", "products.write"},
            {"GET", "/api/v1/subscriptions", "billing.read"}, {"GET", "/api/v1/transactions", "billing.read"},
            {"POST", "/api/v1/subscriptions", "billing.write"}},
        kPayRequestRefuses);
}

// --- Paymenter ---

const place kPaymenter{"paymenter", "paymenter.test", "", ""};
const std::string kNoBearer = R"({"error":"The request is missing a valid bearer token."})";
const std::string kBadKey = R"({"error":"The provided API key is invalid or has been disabled."})";
const std::string kNoPermission = R"({"error":"You do not have permission to access this resource."})";
const std::vector<std::string> kResources{"users", "services", "orders", "invoices", "tickets"};

BOOST_AUTO_TEST_CASE(row_PM_2) {
    std::vector<std::string> want{"products.view"};
    for (const auto& r : kResources)
        for (const std::string verb : {".view", ".create", ".update", ".delete"}) want.push_back(r + verb);
    auto have = names_of(published_catalogue(kPaymenter.host));
    std::erase(have, "profile");  // a signed-in user's: PM-9
    std::sort(want.begin(), want.end());
    std::sort(have.begin(), have.end());
    BOOST_TEST(have == want, boost::test_tools::per_element());
    for (const auto& permission : want)
        BOOST_TEST(create({{"api", "paymenter"}, {"name", permission}, {"scopes", {permission}}}).first == 201u, permission);
    check_refused_field({{"api", "paymenter"}, {"name", "No such"}, {"scopes", {"products.update"}}}, "scopes[0]", "products.update");
    check_refused_field({{"api", "paymenter"}, {"name", "None"}}, "scopes", "at least one");
}

BOOST_AUTO_TEST_CASE(row_PM_3) {
    std::vector<guarded> operations;
    const auto view = [&](const std::string& r) {
        operations.push_back({"GET", "/api/v1/admin/" + r, r + ".view"});
        operations.push_back({"GET", "/api/v1/admin/" + r + "/5", r + ".view"});
    };
    for (const auto& r : kResources) {
        view(r);
        operations.push_back({"POST", "/api/v1/admin/" + r, r + ".create"});
        operations.push_back({"PUT", "/api/v1/admin/" + r + "/5", r + ".update"});
        operations.push_back({"PATCH", "/api/v1/admin/" + r + "/5", r + ".update"});
        operations.push_back({"DELETE", "/api/v1/admin/" + r + "/5", r + ".delete"});
    }
    view("products");
    check_guards(kPaymenter, operations,
        {[](const guarded&) { return demanded{401, "Bearer", kJson, kNoBearer}; },
            [](const guarded& o) { return demanded{403, lacks(o.scope), kJson, kNoPermission}; }});
    const auto everything = shipped_gateway().create("paymenter", named("All", all_but(shipped_gateway().of("paymenter"), "none")));
    const auto refused = shipped_gateway().ask("POST", kPaymenter.host, "/api/v1/admin/products", everything);
    BOOST_TEST(refused.status() == 405u);
    BOOST_TEST(refused.field("Allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(row_PM_4) {
    struct row {
        std::string target;
        std::vector<std::string> needs;  // besides the operation's own permission; empty and not `known`: refused to all
        bool known = true;
    };
    const std::vector<row> rows{{"/users?include=orders", {"orders.view"}}, {"/users/1?include=tickets,orders", {"tickets.view", "orders.view"}},
        {"/users?include=ordersCount", {"orders.view"}}, {"/users?page=2&include=orders", {"orders.view"}},
        {"/users?include=orders&include=tickets", {"orders.view", "tickets.view"}}, {"/users?%69nclude=orders", {"orders.view"}},
        {"/users?include=%6Frders", {"orders.view"}}, {"/services?include=user", {"users.view"}}, {"/invoices/1?include=items", {}},
        {"/invoices/1?include=product", {"products.view"}}, {"/users?include=", {}}, {"/users?included=orders", {}},
        {"/users?include=passwords", {}, false}, {"/users?include=orders,passwords", {}, false}, {"/users?include=Orders", {}, false}};
    auto& g = shipped_gateway();
    const auto everything = g.create("paymenter", named("All", all_but(g.of("paymenter"), "none")));
    const demanded forbidden{403, "Bearer error=\"insufficient_scope\"", kJson, kNoPermission};
    for (const auto& r : rows) {
        const auto path = "/api/v1/admin" + r.target;
        const auto own = r.target.substr(1, r.target.find_first_of("/?", 1) - 1) + ".view";
        auto scopes = r.needs;
        scopes.push_back(own);
        if (!r.known) {
            const auto got = get(kPaymenter.host, path, everything);
            BOOST_TEST(got.status() == 403u, r.target);
            continue;
        }
        BOOST_TEST(get(kPaymenter.host, path, g.create("paymenter", named("Enough", scopes))).status() == 200u, r.target);
        for (const auto& left_out : r.needs) {
            auto less = scopes;
            less.erase(std::remove(less.begin(), less.end(), left_out), less.end());
            check_answer(get(kPaymenter.host, path, g.create("paymenter", named("Less", less))), forbidden, r.target + " without " + left_out);
        }
    }
}

BOOST_AUTO_TEST_CASE(row_PM_5) {
    const demanded missing{401, "Bearer", kJson, kNoBearer}, malformed{401, kMalformed, kJson, kNoBearer};
    check_answer(get(kPaymenter.host, "/api/v1/admin/users"), missing, "no header");
    check_answer(get(kPaymenter.host, "/api/v1/admin/users", {}, "Authorization: Token abc\r\n"), missing, "another scheme");
    check_answer(get(kPaymenter.host, "/api/v1/admin/users", "a b"), malformed, "bad syntax");
    check_answer(get(kPaymenter.host, "/api/v1/admin/users", "a", "Authorization: Bearer b\r\n"), malformed, "two headers");
}

BOOST_AUTO_TEST_CASE(row_PM_6) {
    check_strangers(kPaymenter, "/api/v1/admin/users", named("PM-6", {"users.view"}),
        {{401, "Bearer", kJson, kNoBearer}, {401, kMalformed, kJson, kNoBearer}, {401, kInvalid, kJson, kBadKey}});
}

BOOST_AUTO_TEST_CASE(row_PM_7) {
    const auto token = shipped_gateway().create("paymenter", named("PM-7", {"users.view", "orders.delete"}));
    const auto refused = [&](const std::string& method, const std::string& path, const std::string& scope) {
        check_answer(shipped_gateway().ask(method, kPaymenter.host, path, token), {403, lacks(scope), kJson, kNoPermission}, method + " " + path);
    };
    refused("GET", "/api/v1/admin/orders", "orders.view");
    refused("DELETE", "/api/v1/admin/users/1", "users.delete");
    BOOST_TEST(shipped_gateway().ask("HEAD", kPaymenter.host, "/api/v1/admin/tickets", token).status() == 403u, "HEAD needs what GET needs");
    BOOST_TEST(get(kPaymenter.host, "/api/v1/admin/users/1", token).status() == 200u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
