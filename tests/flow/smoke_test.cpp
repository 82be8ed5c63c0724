#include "support/gateway.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(smoke)

// From nothing to an authenticated answer, for every shipped API.
BOOST_AUTO_TEST_CASE(a_token_of_each_api_gets_through) {
    using namespace tollgate::test;
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    struct row {
        std::string api, host, path, environment, scope;
    };
    for (const auto& r : {row{"payrequest", "payrequest.test", "/api/v1/invoices", "", "billing.read"},
             row{"paymenter", "paymenter.test", "/api/v1/admin/users", "", "users.view"},
             row{"client-portal", "client-portal.test", "/api/v1/services", "", ""},
             row{"paylera", "sandbox.paylera.test", "/v1/customers", "sandbox", "customers:read"},
             row{"partner", "partner.test", "/invoices", "", "invoices:read"}}) {
        auto wish = r.scope.empty() ? named("Smoke") : named("Smoke", {r.scope});
        wish.environment = r.environment;
        const auto token = g.create(r.api, wish);
        BOOST_TEST(g.ask("GET", r.host, r.path, token).status() == 200u, r.api);
        BOOST_TEST(g.ask("GET", r.host, r.path).status() == 401u, r.api);
    }
    BOOST_TEST(up.requests().size() == 5u);
    BOOST_TEST(g.log.text().find("engine") == std::string::npos, g.log.text());  // RocksDB has nothing to complain about
}

BOOST_AUTO_TEST_SUITE_END()
