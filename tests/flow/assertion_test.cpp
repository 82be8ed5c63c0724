// X-Tollgate-Assertion: servers of a pool with a secret can tell that who calls was found by the gateway. (C-9)
#include "support/wire.hpp"

#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/hmac.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>

namespace tollgate::test {
namespace {

constexpr const char* key = "0123456789abcdef0123456789abcdef-and-more";
constexpr const char* document = R"(
openapi: 3.1.0
paths:
  /things: { get: { security: [ { token: [ 'things:read' ] } ], responses: { '200': { description: ok } } } }
  /status: { get: { security: [], responses: { '200': { description: ok } } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { 'things:read': Read }
)";
constexpr const char* signed_api =
    "- { name: acme, hosts: [ acme.test ], openapi: acme.yaml, upstream: { servers: [ \"http://@UP@\" ], secret: \"file:up.secret\" } }\n"
    "- { name: plain, hosts: [ plain.test ], openapi: acme.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n";

// As conf/examples/verify_assertion.py says it, written a second time.
std::string expected(const message& m) {
    const auto at = m.field("X-Tollgate-Assertion");
    std::string text = "tollgate-assertion-v1\n" + at.substr(2, at.find(',') - 2) + "\n";
    for (const std::string name : {"X-Request-Id", "X-Tollgate-Token-Id", "X-Tollgate-Subject", "X-Tollgate-Tenant", "X-Tollgate-Environment",
             "X-Tollgate-Audience", "X-Tollgate-Scopes", "X-Tollgate-Actor"})
        text += m.field(name) + "\n";
    text += "\n";  // the generic contract knows no versions
    const std::string_view secret(key);
    return hex(hmac_sha256({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()}, text));
}

struct checked {
    int code = 0;
    std::string said;
};
// What the example says of a request's head.
checked run_example(const directory& dir, const std::string& head) {
    const auto file = dir.write("head", head);
    const auto command =
        fmt::format("python3 -B {}/conf/examples/verify_assertion.py {} < {} 2>&1", TOLLGATE_SOURCE_DIR, dir.file("up.secret"), file);
    FILE* const pipe = ::popen(command.c_str(), "r");
    BOOST_TEST_REQUIRE(pipe != nullptr);
    checked out;
    std::array<char, 4096> part;
    for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) != 0;) out.said.append(part.data(), n);
    out.code = ::pclose(pipe);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assertion)

BOOST_AUTO_TEST_CASE(row_C_9_signed_identity) {
    upstream up;
    gateway g(signed_api, {{"acme.yaml", document}, {"up.secret", std::string(key) + "\n"}}, &up);
    auto wish = named("Signed", {"things:read"});
    wish.owner = "team-1";
    wish.tenant = "acme";
    const auto token = g.create("acme", wish);
    BOOST_TEST(g.ask("GET", "acme.test", "/things", token, "X-Tollgate-Assertion: t=1,v1=forged\r\n").status() == 200u);
    const auto seen = up.requests().back();
    const auto assertion = seen.field("X-Tollgate-Assertion");
    BOOST_TEST(seen.count("X-Tollgate-Assertion") == 1u);
    BOOST_TEST_REQUIRE(assertion.starts_with("t="), seen.raw_head);
    BOOST_TEST(assertion.substr(assertion.find(",v1=") + 4) == expected(seen));
    const auto now = system_clock().now().us / 1'000'000;
    BOOST_TEST(std::stoll(assertion.substr(2)) <= now);
    BOOST_TEST(std::stoll(assertion.substr(2)) >= now - 60);

    const auto believed = run_example(g.dir, seen.raw_head);
    BOOST_TEST(believed.code == 0, believed.said);
    BOOST_TEST(has(believed.said, "x-tollgate-subject: team-1\n"), believed.said);
    auto altered = seen.raw_head;
    altered.replace(altered.find("team-1"), 6, "team-2");
    const auto forged = run_example(g.dir, altered);
    BOOST_TEST(forged.code != 0);
    BOOST_TEST(has(forged.said, "does not fit"), forged.said);
    auto missing = seen.raw_head;
    missing.replace(missing.find("X-Tollgate-Assertion"), 20, "X-Another-Field-Else");
    BOOST_TEST(has(run_example(g.dir, missing).said, "did not come through the gateway"));
}

// Nobody has called, and the gateway says so: a service may demand an assertion of every request.
BOOST_AUTO_TEST_CASE(a_request_without_a_token_is_signed_too) {
    upstream up;
    gateway g(signed_api, {{"acme.yaml", document}, {"up.secret", key}}, &up);
    BOOST_TEST(g.ask("GET", "acme.test", "/status").status() == 200u);
    const auto seen = up.requests().back();
    const auto assertion = seen.field("X-Tollgate-Assertion");
    BOOST_TEST(seen.field("X-Tollgate-Token-Id").empty());
    BOOST_TEST(assertion.substr(assertion.find(",v1=") + 4) == expected(seen));
    BOOST_TEST(g.ask("GET", "plain.test", "/status").status() == 200u);
    BOOST_TEST(up.requests().back().count("X-Tollgate-Assertion") == 0u);
}

BOOST_AUTO_TEST_CASE(another_secret_comes_with_a_reload) {
    upstream up;
    gateway g(signed_api, {{"acme.yaml", document}, {"up.secret", std::string(40, 'x')}}, &up);
    BOOST_TEST(g.ask("GET", "acme.test", "/status").status() == 200u);
    BOOST_TEST(!has(up.requests().back().field("X-Tollgate-Assertion"), expected(up.requests().back())));
    g.dir.write("up.secret", "too short");
    problem_list problems;
    const auto refused = g.running->reload(problems);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(has(refused.error().what, "the secret of the pool acme has 9 bytes"), refused.error().what);
    g.dir.write("up.secret", key);
    BOOST_TEST_REQUIRE(g.running->reload(problems).has_value());
    BOOST_TEST(g.ask("GET", "acme.test", "/status").status() == 200u);
    BOOST_TEST(has(up.requests().back().field("X-Tollgate-Assertion"), expected(up.requests().back())));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
