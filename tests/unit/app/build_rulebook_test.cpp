// From configuration, contracts and documents to the rulebook: hosts, environments, pools, numbers, and what does not fit together.
#include "tollgate/app/build_rulebook.hpp"

#include "scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace tollgate;
using tollgate::test::scratch_directory;

namespace {

constexpr std::string_view contract_text = R"(
name: Acme
environments: [test, live]
tokens: [ { kind: service, format: "ac_{environment}_{random:32}" }, { kind: staff, format: "as_{environment}_{random:32}" } ]
)";

constexpr std::string_view openapi_text = R"(
openapi: 3.1.0
info: { title: Acme, version: '1' }
security: [ { token: [] } ]
paths:
  /things:
    get: { security: [ { token: [ 'things:read' ] } ], responses: { '200': { description: ok } } }
    post: { security: [ { token: [ 'things:write' ] } ], responses: { '200': { description: ok } } }
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
x-scopes: { 'things:read': Read things, 'things:write': Write things }
)";

struct attempt {
    std::optional<built_rulebook> made;
    std::string problems;
};

attempt build(const scratch_directory& at, std::string_view apis, const numbering& numbers = counting_numbering()) {
    at.write("acme.yaml", contract_text);
    at.write("acme.openapi.yaml", openapi_text);
    const auto file = at.write("gate.yaml", apis);
    problem_list problems;
    attempt out;
    const auto read = load_config(file, problems);
    if (read) out.made = build_rulebook(*read, numbers, problems);
    for (const auto& p : problems.items()) out.problems += p.text() + "\n";
    return out;
}

constexpr std::string_view two_environments = R"(apis:
- name: acme
  hosts: { acme.example: live, test.acme.example: test }
  contract: acme.yaml
  openapi: acme.openapi.yaml
  upstream: { live: { servers: "http://127.0.0.1:1" }, test: { servers: "http://127.0.0.1:2" } }
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(build_rulebook_from_files)

BOOST_AUTO_TEST_CASE(the_built_in_api_is_always_there) {
    const scratch_directory at;
    const auto b = build(at, "");
    BOOST_REQUIRE_MESSAGE(b.made, b.problems);
    const auto* builtin = b.made->book->by_name(builtin_api_name);
    BOOST_REQUIRE(builtin != nullptr);
    BOOST_TEST(builtin->trusts_caller_identity);
    const auto& routes = builtin->routes.routes();
    BOOST_TEST(std::ranges::count_if(routes, [](const route& r) { return r.path.starts_with("/v1/admin/"); }) == 56);
    for (const auto& r : routes) {
        const bool page = r.handler.starts_with("ops.") || r.handler == "console.page" || r.handler == "console.file" ||
            r.handler == "sessions.open" || r.handler.ends_with("_own");  // look themselves at who calls
        BOOST_TEST(!r.handler.empty(), r.path);
        BOOST_TEST(r.is_public == page, r.path);
        BOOST_TEST(r.any_of.empty() == page, r.path);
    }
    BOOST_TEST(b.made->book->find("tollgate") == nullptr);
}

BOOST_AUTO_TEST_CASE(hosts_lead_to_environments_and_pools) {
    const scratch_directory at;
    const auto b = build(at, two_environments);
    BOOST_REQUIRE_MESSAGE(b.made, b.problems);
    const auto* live = b.made->book->find("acme.example");
    const auto* test = b.made->book->find("test.acme.example");
    BOOST_REQUIRE(live != nullptr && test != nullptr);
    BOOST_TEST(live->of == test->of);
    const auto& live_at = live->of->environments.at(live->environment);
    const auto& test_at = test->of->environments.at(test->environment);
    BOOST_TEST(live_at.name == "live");
    BOOST_TEST(test_at.name == "test");
    BOOST_TEST(b.made->pools.at(live_at.pool).servers.at(0).port == 1);
    BOOST_TEST(b.made->pools.at(test_at.pool).servers.at(0).port == 2);
    BOOST_TEST(b.made->book->find("else.example") == nullptr);
}

// What keeps answers needs a key to seal them under; what does not does without.
BOOST_AUTO_TEST_CASE(replays_demand_a_master_key) {
    const scratch_directory at;
    at.write("once.yaml", "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: { /x: { post: { x-idempotency: accepted, responses: {} } } }\n");
    const std::string api = "apis:\n- { name: once, hosts: [ once.example ], openapi: once.yaml, upstream: { servers: \"http://127.0.0.1:1\" } }\n";
    const auto without = build(at, api);
    BOOST_TEST(!without.made);
    BOOST_TEST(without.problems.find("gate.yaml:2: error: `POST /x` keeps answers") != std::string::npos, without.problems);
    const auto with = build(at, "keys: { master: \"file:master.key\" }\n" + api);
    BOOST_TEST(with.made.has_value(), with.problems);
}

BOOST_AUTO_TEST_CASE(every_text_and_scope_has_its_own_number) {
    const scratch_directory at;
    const auto b = build(at, two_environments);
    BOOST_REQUIRE_MESSAGE(b.made, b.problems);
    const auto& acme = *b.made->book->by_name("acme");
    std::set<atom> numbers{acme.number};
    for (const auto& e : acme.environments) numbers.insert(e.number);
    numbers.insert(acme.kind_numbers.begin(), acme.kind_numbers.end());
    BOOST_TEST(numbers.size() == 5u);
    BOOST_TEST(!numbers.contains(atom::none));
    BOOST_REQUIRE_EQUAL(acme.kind_numbers.size(), 2u);
    BOOST_TEST(acme.scope("things:read").has_value());
    BOOST_TEST(*acme.scope("things:read") != *acme.scope("things:write"));
}

BOOST_AUTO_TEST_CASE(one_pool_serves_every_environment) {
    const scratch_directory at;
    const auto b = build(at,
        "apis:\n- { name: acme, hosts: { a.example: live, b.example: test }, contract: acme.yaml, openapi: acme.openapi.yaml, "
        "upstream: { servers: \"http://127.0.0.1:7\" } }\n");
    BOOST_REQUIRE_MESSAGE(b.made, b.problems);
    BOOST_TEST(b.made->pools.size() == 1u);
    for (const auto& e : b.made->book->by_name("acme")->environments) BOOST_TEST(e.pool == 0u);
}

BOOST_AUTO_TEST_CASE(without_contract_and_document_any_token_passes) {
    const scratch_directory at;
    const auto b = build(at, "apis:\n- { name: plain, hosts: [ \"*\" ], unlisted: forward, upstream: { servers: \"http://127.0.0.1:7\" } }\n");
    BOOST_REQUIRE_MESSAGE(b.made, b.problems);
    const auto* any = b.made->book->find("whatever.example");
    BOOST_REQUIRE(any != nullptr);
    BOOST_TEST(any->of->routes.routes().empty());
    BOOST_TEST(!any->of->self_route.is_public);
    BOOST_TEST((any->of->unlisted == unlisted_mode::forward));
}

BOOST_AUTO_TEST_CASE(publishing_is_as_configured) {
    struct row {
        const char* publish;
        bool published, is_public;
    };
    for (const auto& r : {row{"off", false, false}, row{"token", true, false}, row{"public", true, true}}) {
        const scratch_directory at;
        const auto b = build(at, std::string(two_environments) + "  publish: " + r.publish + "\n");
        BOOST_REQUIRE_MESSAGE(b.made, b.problems);
        const auto& acme = *b.made->book->by_name("acme");
        BOOST_TEST(acme.published.empty() != r.published, r.publish);
        BOOST_TEST((acme.document_route.path == "/openapi.json") == r.published, r.publish);
        BOOST_TEST(acme.document_route.is_public == r.is_public, r.publish);
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_together_is_refused) {
    struct row {
        const char* apis;
        const char* says;
    };
    const row rows[] = {
        {"apis:\n- { name: acme, hosts: [ a.example ], contract: acme.yaml, openapi: acme.openapi.yaml, upstream: { servers: \"http://127.0.0.1:1\" "
         "} }",
            "the host `a.example` needs an environment"},
        {"apis:\n- { name: acme, hosts: { a.example: lvie }, contract: acme.yaml, openapi: acme.openapi.yaml, upstream: { servers: "
         "\"http://127.0.0.1:1\" } }",
            "no environment `lvie`: write one of test, live"},
        {"apis:\n- { name: acme, hosts: { a.example: live }, openapi: acme.openapi.yaml, upstream: { servers: \"http://127.0.0.1:1\" } }",
            "write `hosts: [ a.example ]`"},
        {"apis:\n- { name: acme, hosts: { a.example: live }, contract: acme.yaml, openapi: acme.openapi.yaml, upstream: { live: { servers: "
         "\"http://127.0.0.1:1\" } } }",
            "the environment `test` has no upstream"},
        {"apis:\n- { name: acme, hosts: { a.example: live }, contract: acme.yaml, openapi: acme.openapi.yaml, upstream: { live: { servers: "
         "\"http://127.0.0.1:1\" }, "
         "staging: { servers: \"http://127.0.0.1:1\" } } }",
            "the contract knows no environment `staging`"},
        {"apis:\n- { name: acme, hosts: [ a.example ], contract: missing.yaml, openapi: acme.openapi.yaml, upstream: { servers: "
         "\"http://127.0.0.1:1\" } }",
            "missing.yaml"},
        {"apis:\n- { name: acme, hosts: [ a.example ], openapi: missing.json, upstream: { servers: \"http://127.0.0.1:1\" } }", "missing.json"},
    };
    for (const auto& r : rows) {
        const scratch_directory at;
        const auto b = build(at, r.apis);
        BOOST_TEST(!b.made, r.apis);
        BOOST_TEST(b.problems.find(r.says) != std::string::npos, r.apis << "\n" << b.problems);
    }
}

BOOST_AUTO_TEST_CASE(a_handler_that_no_api_may_have_is_refused) {
    for (const std::string handler : {"coffee.brew", "ops.metrics", "audit.list", "tokens.list"}) {
        const scratch_directory at;
        at.write("odd.yaml",
            "openapi: 3.1.0\npaths: { /x: { post: { x-tollgate-handler: " + handler + ", responses: { '200': { description: ok } } } } }\n");
        const auto b = build(at, "apis:\n- { name: odd, hosts: [ a.example ], openapi: odd.yaml, upstream: { servers: \"http://127.0.0.1:1\" } }");
        BOOST_TEST(b.made.has_value() == (handler == "tokens.list"), handler << "\n" << b.problems);
        BOOST_TEST((b.problems.find("no handler `" + handler) == std::string::npos) == (handler == "tokens.list"), b.problems);
    }
}

BOOST_AUTO_TEST_CASE(an_environment_without_a_host_is_warned_of) {
    const scratch_directory at;
    const auto b = build(at,
        "apis:\n- { name: acme, hosts: { a.example: live }, contract: acme.yaml, openapi: acme.openapi.yaml, upstream: { servers: "
        "\"http://127.0.0.1:1\" } }");
    BOOST_TEST(b.made.has_value());
    BOOST_TEST(b.problems.find("no host leads to the environment `test`") != std::string::npos, b.problems);
}

BOOST_AUTO_TEST_CASE(numbers_that_cannot_be_had_are_a_problem) {
    const scratch_directory at;
    auto numbers = counting_numbering();
    numbers.text = [](std::string_view) -> result<atom> { return failure{errc::unavailable, "the store is closed"}; };
    const auto b = build(at, two_environments, numbers);
    BOOST_TEST(!b.made);
    BOOST_TEST(b.problems.find("the store is closed") != std::string::npos, b.problems);
}

BOOST_AUTO_TEST_SUITE_END()
