// The path that was judged is the path that is forwarded; methods and tokens are where they belong. (W-10, W-11)
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(wire_paths)

namespace {

using namespace tollgate::test;

constexpr const char* document = R"(openapi: 3.1.0
info: { title: Depot, version: '1' }
security: [ { token: [ 'depot:read' ] } ]
paths:
  /items: { get: { responses: {} }, post: { security: [ { token: [ 'depot:write' ] } ], responses: {} } }
  /items/{id}: { get: { responses: {} } }
  /items/{id}/parts: { get: { responses: {} } }
  /secret: { get: { security: [ { token: [ 'depot:write' ] } ], responses: {} } }
  /files/{path}:
    get: { parameters: [ { name: path, in: path, required: true, x-encoded-slash: allow, schema: { type: string } } ], responses: {} }
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
x-scopes: { 'depot:read': Read, 'depot:write': Write }
)";
constexpr const char* depot = "- { name: depot, hosts: [ depot.test ], openapi: depot.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n";

struct depot_front {
    upstream up;
    gateway g{depot, {{"depot.yaml", document}}, &up};
    std::string reads = g.create("depot", named("Reads", {"depot:read"}));
    std::string writes = g.create("depot", named("Writes", {"depot:write"}));

    message ask(std::string_view method, std::string_view target, std::string_view token, std::string_view fields = {}) {
        return g.ask(method, "depot.test", target, token, fields);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(row_W_10) {
    depot_front d;
    struct row {
        const char* target;
        unsigned status;
        const char* forwarded = nullptr;
    };
    const row rows[] = {
        {"/items", 200, "/items"},
        {"/items?x=%41&y=../..", 200, "/items?x=%41&y=../.."},
        {"/%69tem%73", 200, "/items"},
        {"/items/a%2Db%7ec", 200, "/items/a-b~c"},
        {"/items/a%20b", 200, "/items/a%20b"},
        {"/items/%c3%a9", 200, "/items/%C3%A9"},
        {"/items/a;b", 200, "/items/a;b"},
        {"/items/a/parts", 200, "/items/a/parts"},
        {"/files/a%2Fb%2fc", 200, "/files/a%2Fb%2Fc"},
        {"/items/a%2Fb", 404},
        {"/items/a%2Fparts", 404},
        {"/items/", 404},
        {"/items//parts", 400},
        {"//items", 400},
        {"/items/..", 400},
        {"/items/../secret", 400},
        {"/items/%2e%2e/secret", 400},
        {"/items/.%2E/secret", 400},
        {"/items/./a", 400},
        {"/items/%2e", 400},
        {"/items/..;x/secret", 400},
        {"/files/a%2F..%2Fb", 400},
        {"/files/a%2f%2e%2e%2fb", 400},
        {"/items/a\\b", 400},
        {"/items/a%5cb", 400},
        {"/items/a%00", 400},
        {"/items/a%0d%0aX:1", 400},
        {"/items/%", 400},
        {"/items/%4", 400},
        {"/items/%zz", 400},
        {"/items/%252e%252e", 400},
        {"/items/%25%32%65", 400},
        {"/items/%c0%ae%c0%ae/", 400},
        {"/Items", 404},
        {"/items;x", 404},
        {"/SECRET", 404},
        {"/secret", 403},
        {"/%73ecret", 403},
        {"/secret?x", 403},
        {"/secret/", 404},
        {"/secret;x", 404},
        {"http://depot.test/%73ecret", 403},
        {"/unknown", 404},
    };
    std::size_t arrived = 0;
    for (const auto& r : rows) {
        const auto m = d.ask("GET", r.target, d.reads);
        BOOST_TEST(m.status() == r.status, r.target << ": " << m.start_line);
        arrived += r.status == 200 ? 1 : 0;
        const auto all = d.up.requests();
        BOOST_TEST_REQUIRE(all.size() == arrived, r.target);
        if (r.forwarded != nullptr) BOOST_TEST(all.back().start_line == fmt::format("GET {} HTTP/1.1", r.forwarded));
    }
}

// Without a token there is no telling which paths exist.
BOOST_AUTO_TEST_CASE(unknown_paths_are_refused_after_authentication) {
    depot_front d;
    for (const char* token : {"", "tg_0000000000000000000000000000000000000000000"}) {
        const auto known = d.ask("GET", "/items", token), unknown = d.ask("GET", "/nothing", token), wrong = d.ask("DELETE", "/items", token);
        for (const auto* m : {&known, &unknown, &wrong}) BOOST_TEST(m->status() == 401u);
        BOOST_TEST(known.field("WWW-Authenticate") == unknown.field("WWW-Authenticate"));
        BOOST_TEST(known.field("WWW-Authenticate") == wrong.field("WWW-Authenticate"));
        BOOST_TEST(wrong.count("Allow") == 0u);
    }
    BOOST_TEST(d.ask("GET", "/nothing", d.reads).status() == 404u);
    const auto wrong = d.ask("DELETE", "/items", d.reads);
    BOOST_TEST(wrong.status() == 405u);
    BOOST_TEST(!wrong.field("Allow").empty());
    BOOST_TEST(d.up.saw_nothing());
}

BOOST_AUTO_TEST_CASE(row_W_11) {
    depot_front d;
    // A method in a field is not the method.
    for (const char* name : {"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x_http_method_override"}) {
        const auto m = d.ask("GET", "/items", d.reads, fmt::format("{}: POST\r\n", name));
        BOOST_TEST(m.status() == 200u, name);
        BOOST_TEST_REQUIRE(!d.up.requests().empty());
        BOOST_TEST(d.up.requests().back().start_line == "GET /items HTTP/1.1", name);
        BOOST_TEST(d.up.requests().back().raw_head.find("POST") == std::string::npos, name);
    }
    // HEAD needs what GET needs.
    BOOST_TEST(d.ask("HEAD", "/items", d.reads).status() == 200u);
    BOOST_TEST(d.ask("HEAD", "/secret", d.reads).status() == 403u);
    BOOST_TEST(d.ask("HEAD", "/secret", d.writes).status() == 200u);
    BOOST_TEST(d.ask("HEAD", "/items", d.writes).status() == 403u);
    // Other spellings are other methods.
    for (const char* method : {"get", "Get", "GETS", "POST"}) BOOST_TEST(d.ask(method, "/secret", d.writes).status() == 405u, method);
    const auto before = d.up.requests().size();
    // Two are refused, whatever they are.
    for (const auto& second : {d.reads, std::string("x"), std::string()})
        BOOST_TEST(d.ask("GET", "/items", d.reads, fmt::format("Authorization: Bearer {}\r\n", second)).status() == 401u);
    BOOST_TEST(d.ask("GET", "/items", d.reads, "authorization: Basic eDp5\r\n").status() == 401u);
    BOOST_TEST(d.up.requests().size() == before);
}

BOOST_AUTO_TEST_CASE(a_token_in_the_query_is_none_and_is_not_logged) {
    depot_front d;
    for (const char* name : {"access_token", "token", "api_key", "Authorization"})
        BOOST_TEST(d.ask("GET", fmt::format("/items?{}={}", name, d.reads), {}).status() == 401u, name);
    BOOST_TEST(d.ask("GET", "/items?access_token=" + d.reads, "nonsense").status() == 401u);
    BOOST_TEST(d.up.saw_nothing());
    const auto token = d.reads;
    const auto log = d.g.access_log();
    BOOST_TEST(log.find("/items") != std::string::npos);
    BOOST_TEST(log.find(token) == std::string::npos);
    BOOST_TEST(d.g.log.text().find(token) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
