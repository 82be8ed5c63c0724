// APIs, routes, scopes and the audit log as rows.
#include "management_fixture.hpp"
#include "tollgate/control/reload_desk.hpp"
#include "tollgate/control/upgrade_desk.hpp"

#include <algorithm>

using namespace tollgate;
using tollgate::test::management_fixture;

BOOST_FIXTURE_TEST_SUITE(management_views, management_fixture)

BOOST_AUTO_TEST_CASE(apis_are_listed) {
    const auto rows = parsed(ask({.name = "apis.list"})).at("data").as_array();
    BOOST_REQUIRE_EQUAL(rows.size(), 3u);
    const auto& row = rows[1];
    BOOST_TEST(text(row, "name") == "acme");
    BOOST_TEST(text(row, "title") == "Acme");
    BOOST_TEST(text(row.at("hosts").as_array().at(0), "host") == "acme.example");
    BOOST_TEST(text(row.at("hosts").as_array().at(0), "environment") == "live");
    BOOST_TEST(row.at("kinds").as_array().size() == 2u);
    BOOST_TEST(row.at("routes").to_number<int>() == 2);
    const auto staff = create(R"({"api":"acme","name":"n","environment":"live","scopes":["all"]})");
    const auto own = parsed(ask({.name = "apis.list", .of = acme, .actor = actor_of(staff)})).at("data").as_array();
    BOOST_REQUIRE_EQUAL(own.size(), 1u);
    BOOST_TEST(text(own[0], "name") == "acme");
    BOOST_TEST(ask({.name = "apis.routes", .of = acme, .actor = actor_of(staff), .id = "globex"}).status == 404u);
}

BOOST_AUTO_TEST_CASE(routes_say_what_they_demand) {
    const auto rows = parsed(ask({.name = "apis.routes", .id = "acme"})).at("data").as_array();
    BOOST_REQUIRE_EQUAL(rows.size(), 2u);
    const auto things = std::ranges::find_if(rows, [](const json::value& r) { return text(r, "path") == "/things"; });
    BOOST_REQUIRE(things != rows.end());
    BOOST_TEST(text(*things, "method") == "GET");
    BOOST_TEST(json::serialize(things->at("scopes")) == R"([["things.read"]])");
    BOOST_TEST(!things->at("public").as_bool());
    BOOST_TEST(ask({.name = "apis.routes", .id = "acne"}).status == 404u);
}

BOOST_AUTO_TEST_CASE(scopes_say_what_they_include) {
    const auto rows = parsed(ask({.name = "apis.scopes", .id = "acme"})).at("data").as_array();
    const auto all = std::ranges::find_if(rows, [](const json::value& r) { return text(r, "name") == "all"; });
    BOOST_REQUIRE(all != rows.end());
    BOOST_TEST(text(*all, "description") == "Everything about things");
    BOOST_TEST(all->at("includes").as_array().size() == 2u);
    BOOST_TEST(ask({.name = "apis.scopes", .id = "acne"}).status == 404u);
}

BOOST_AUTO_TEST_CASE(changes_are_in_the_audit_log_newest_first) {
    const auto made = create(R"({"api":"globex","name":"n","scopes":["x.read"]})");
    ask({.name = "tokens.revoke", .actor = "operator:7", .id = text(made, "id")});
    const auto rows = parsed(ask({.name = "audit.list"})).at("data").as_array();
    BOOST_REQUIRE_GE(rows.size(), 2u);
    BOOST_TEST(text(rows[0], "actor") == "operator:7");
    BOOST_TEST(text(rows[0], "subject") == text(made, "id"));
    BOOST_TEST(text(rows[0], "from") == "unix");
    BOOST_TEST(rows[0].at("details").is_object());
    BOOST_TEST(text(rows[1], "actor") == "operator:1000");
    BOOST_TEST(parsed(ask({.name = "audit.list", .query = "limit=1"})).at("data").as_array().size() == 1u);
    BOOST_TEST(ask({.name = "audit.list", .query = "limit=1000"}).status == 422u);
}

BOOST_AUTO_TEST_CASE(every_handler_of_the_document_is_in_the_table) {
    add_reload(table, *tokens, time, {[](problem_list&) { return result<void>(); }, [] { return std::string(); }});
    add_upgrade(table, *tokens, time, [] { return result<upgrade_outcome>(upgrade_outcome{}); });
    for (const auto& r : builtin->routes.routes()) {
        if (r.handler.starts_with("ops.") || r.handler.starts_with("console.")) continue;  // pages: app wires them
        BOOST_TEST(table.contains(r.handler), r.handler);
    }
    for (const auto& [name, run] : table) BOOST_TEST((std::ranges::find(operation_names(), name) != operation_names().end()), name);
}

BOOST_AUTO_TEST_SUITE_END()
