// Refusals that are no verdict on a token speak the API's dialect too: 404, 405, 413, 502, 503, 504; and 421 the generic one.
#include "support/wire.hpp"
#include "tollgate/codec/json.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(wire_refusals)

namespace {

using namespace tollgate::test;

namespace json = tollgate::json;

constexpr const char* contract = R"(name: Acme
refusals:
  route_not_found: { status: 404, json: { no: "{reason}" } }
  method_not_allowed: { status: 405, json: { no: "{reason}" } }
  payload_too_large: { status: 413, json: { no: "{reason}" } }
  upstream_unavailable: { status: 502, json: { no: "{reason}" } }
  upstream_invalid: { status: 502, json: { no: "{reason}" } }
  store_unavailable: { status: 503, json: { no: "{reason}" } }
  upstream_timeout: { status: 504, json: { no: "{reason}" } }
)";
constexpr const char* document = R"(openapi: 3.1.0
info: { title: Acme, version: '1' }
paths:
  /late: { get: { responses: {} } }
  /bad: { get: { responses: {} }, put: { responses: {} } }
  /gone: { get: { responses: {} } }
)";
constexpr const char* acme =
    "- { name: acme, hosts: [ acme.test ], contract: acme.yaml, openapi: api.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n";

}  // namespace

BOOST_AUTO_TEST_CASE(in_the_dialect_of_the_api) {
    upstream up([](upstream::connection& c) {
        const auto m = c.in.request();
        if (m.start_line.find("/bad") != std::string::npos) c.peer.send("what?\r\n\r\n");
        if (m.start_line.find("/late") != std::string::npos) c.peer.receive();
    });
    gateway g(acme, {{"acme.yaml", contract}, {"api.yaml", document}}, &up,
        {.threads = 1, .more = "timeouts: { first_byte: 200ms }\nlimits: { body: 1KiB }\n"});
    const auto token = g.create("acme"), unused = g.create("acme", named("Unused"));
    struct row {
        const char *method, *target, *reason;
        unsigned status;
        std::string fields = {};
    };
    const row rows[] = {
        {"GET", "/none", "route_not_found", 404},
        {"DELETE", "/bad", "method_not_allowed", 405},
        {"PUT", "/bad", "payload_too_large", 413, "Content-Length: 2000\r\n"},
        {"GET", "/bad", "upstream_invalid", 502},
        {"GET", "/gone", "upstream_unavailable", 502},
        {"GET", "/late", "upstream_timeout", 504},
    };
    for (const auto& r : rows) {
        const auto m = g.ask(r.method, "acme.test", r.target, token, r.fields);
        BOOST_TEST(m.status() == r.status, r.target << ": " << m.start_line);
        BOOST_TEST(m.field("Content-Type") == "application/json", r.target);
        BOOST_TEST((json::parse(m.body) == json::value{{"no", r.reason}}), m.body);
        BOOST_TEST(m.field("X-Request-Id").size() == 32u, r.target);
        if (r.status == 405)
            BOOST_TEST((m.field("Allow").find("GET") != std::string::npos && m.field("Allow").find("PUT") != std::string::npos), m.field("Allow"));
    }
    const auto elsewhere = g.ask("GET", "other.test", "/late", token);
    BOOST_TEST(elsewhere.status() == 421u);
    BOOST_TEST(elsewhere.field("Content-Type") == "application/problem+json");
    g.tokens().close();  // what is not in memory cannot be known now
    const auto ill = g.ask("GET", "acme.test", "/bad", unused);
    BOOST_TEST(ill.status() == 503u);
    BOOST_TEST(!ill.field("Retry-After").empty());
    BOOST_TEST((json::parse(ill.body) == json::value{{"no", "store_unavailable"}}), ill.body);
    BOOST_TEST(g.ask("GET", "acme.test", "/none", token).status() == 404u);  // known from before
    BOOST_TEST(g.tokens().reopen().has_value());
    BOOST_TEST(g.ask("GET", "acme.test", "/none", unused).status() == 404u);
}

BOOST_AUTO_TEST_SUITE_END()
