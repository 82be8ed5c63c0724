// Servers by name: what a gateway does whose name servers do not know one of them, at its start, at a reload and later.
#include "pools.hpp"
#include "support/site.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <mutex>

BOOST_AUTO_TEST_SUITE(names)

namespace {

using namespace tollgate;
using namespace tollgate::test;

// A name server: `billing.internal` stands for this machine while it is known. Numbers stand for themselves.
class name_server {
 public:
    name_answer operator()(const upstream_server& s) {
        const std::lock_guard lock(mutex_);
        if (s.host != "billing.internal") return resolve_server(s);
        ++asked_;
        if (!known_) return {{}, "nobody knows it"};
        return {{asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), s.port)}};
    }
    void know(bool it) {
        const std::lock_guard lock(mutex_);
        known_ = it;
    }
    int asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

 private:
    std::mutex mutex_;
    bool known_ = false;
    int asked_ = 0;
};

std::string port_in(const upstream& up) { return up.address().substr(up.address().rfind(':') + 1); }

// Two APIs: one has a server by name alone, the other one that is there.
struct two {
    explicit two(std::string_view more = {})
        : g(fmt::format(
                "- {{ name: acme, hosts: [ acme.test ], unlisted: forward, upstream: {{ servers: [ \"http://billing.internal:{}\" ], resolve: "
                "100ms{} }} }}\n- {{ name: beta, hosts: [ beta.test ], unlisted: forward, upstream: {{ servers: [ \"http://@UP@\" ] }} }}\n",
                port_in(up), more),
              {}, &up, {.threads = 1, .resolve = std::ref(dns)}),
          to_acme(g.create("acme")),
          to_beta(g.create("beta")) {}
    message acme() { return g.ask("GET", "acme.test", "/", to_acme); }
    message beta() { return g.ask("GET", "beta.test", "/", to_beta); }
    double of_name(std::string_view what) {
        return figure(g, fmt::format("tollgate_upstream_server_{}{{pool=\"acme\",server=\"billing.internal:{}\"}}", what, port_in(up)));
    }
    result<void> reload() {
        problem_list problems;
        return g.running->reload(problems);
    }
    upstream up{says(std::string(ok))};
    name_server dns;
    gateway g;
    std::string to_acme, to_beta;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_start_goes_on_without_a_name_and_finds_it_later) {
    two t;
    const auto server = "billing.internal:" + port_in(t.up);
    const auto refused = t.acme();
    BOOST_TEST(refused.status() == 503u);
    BOOST_TEST(!refused.field("Retry-After").empty());
    BOOST_TEST(t.beta().status() == 200u);
    BOOST_TEST(t.g.running->summary() == "Serving 2 APIs, 0 routes; no address for " + server + " of acme");
    BOOST_TEST(has(t.g.log.text(), "warning an upstream server is not asked before its name can be resolved"), t.g.log.text());
    BOOST_TEST(has(t.g.log.text(), "server=" + server), t.g.log.text());
    BOOST_TEST(t.of_name("addresses") == 0);
    BOOST_TEST(t.of_name("resolved") == 0);
    BOOST_TEST(figure(t.g, "tollgate_upstream_pool_refused_total{pool=\"acme\",reason=\"no_server\"}") == 1);

    const auto asked = t.dns.asked();
    BOOST_TEST(eventually([&] { return t.dns.asked() > asked; }));
    t.dns.know(true);
    BOOST_TEST(eventually([&] { return t.acme().status() == 200u; }));
    BOOST_TEST(t.g.running->summary() == "Serving 2 APIs, 0 routes");
    BOOST_TEST(has(t.g.log.text(), "a server's name is resolved again"), t.g.log.text());
    BOOST_TEST(t.of_name("addresses") == 1);
    BOOST_TEST(t.of_name("resolved") == 1);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_known_no_more_keeps_its_address) {
    two t;
    t.dns.know(true);
    BOOST_TEST_REQUIRE(eventually([&] { return t.acme().status() == 200u; }));
    t.dns.know(false);
    BOOST_TEST(eventually([&] { return t.of_name("resolved") == 0; }));
    BOOST_TEST(t.of_name("addresses") == 1);
    BOOST_TEST(t.acme().status() == 200u);
    BOOST_TEST_REQUIRE(t.reload().has_value());  // nor does a reload take it
    BOOST_TEST(t.of_name("addresses") == 1);
    BOOST_TEST(t.acme().status() == 200u);
    BOOST_TEST(t.g.running->summary() == "Serving 2 APIs, 0 routes");
}

BOOST_AUTO_TEST_CASE(a_reload_refuses_only_a_name_that_is_new) {
    two t;
    BOOST_TEST(t.reload().has_value());
    BOOST_TEST(t.acme().status() == 503u);
    auto text = read_file(t.g.dir.file("tollgate.yaml"));
    const std::string was = "billing.internal";
    text.replace(text.find(was), was.size(), "no-such-host.invalid");
    t.g.dir.write("tollgate.yaml", text);
    const auto refused = t.reload();
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(has(refused.error().what, "no-such-host.invalid"), refused.error().what);
}

// One of two servers has no address: the other has all of it, also where names are not to be resolved again.
BOOST_AUTO_TEST_CASE(the_other_servers_of_a_pool_are_asked) {
    upstream up(says(std::string(ok)));
    name_server dns;
    place p(fmt::format("servers: [ \"http://{}\", \"http://billing.internal:9\" ], resolve: never", up.address()),
        {.threads = 1, .resolve = std::ref(dns)});
    for (int i = 0; i < 8; ++i) BOOST_TEST(p.ask().status() == 200u);
    BOOST_TEST(figure(p.g, "tollgate_upstream_pool_refused_total{pool=\"acme\",reason=\"no_server\"}") == 0);
    const auto asked = dns.asked();
    BOOST_TEST(eventually([&] { return dns.asked() > asked; }));
}

BOOST_AUTO_TEST_CASE(the_real_binary_starts_and_check_warns) {
    upstream up(says(std::string(ok)));
    site s(
        "  - { name: acme, hosts: [ acme.test ], unlisted: forward, upstream: { servers: [ \"http://no-such-host.invalid:9000\" ] } }\n"
        "  - { name: beta, hosts: [ beta.test ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n",
        {}, up);
    const auto to_acme = s.create(R"({"api":"acme","name":"Test"})"), to_beta = s.create(R"({"api":"beta","name":"Test"})");
    BOOST_TEST(s.ask("GET", "acme.test", "/", to_acme).status() == 503u);
    BOOST_TEST(s.ask("GET", "beta.test", "/", to_beta).status() == 200u);
    program check({"check", "--config", s.config_file()});
    BOOST_TEST(check.wait() == 0);
    const auto said = check.errors();
    BOOST_TEST(has(said, "warning: the upstream server no-such-host.invalid:9000: the name cannot be resolved"), said);
    BOOST_TEST(!has(said, up.address()), said);
}

BOOST_AUTO_TEST_SUITE_END()
