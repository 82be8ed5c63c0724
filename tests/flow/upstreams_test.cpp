// Several servers behind an API: which is asked, which is left out, what is sent again.
#include "pools.hpp"

BOOST_AUTO_TEST_SUITE(upstreams)

namespace {

using namespace tollgate;
using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

unsigned ready(const gateway& g) {
    auto s = socket::connect(g.management_port());
    s.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    reader in(s);
    return in.response().status();
}

}  // namespace

BOOST_AUTO_TEST_CASE(servers_get_their_share) {
    upstream heavy(says(std::string(ok))), light(says(std::string(ok)));
    place p(fmt::format("servers: [ {{ url: \"http://{}\", weight: 3 }}, {{ url: \"http://{}\" }} ]", heavy.address(), light.address()));
    for (int i = 0; i < 200; ++i) BOOST_REQUIRE(p.ask().status() == 200u);
    const auto h = heavy.requests().size(), l = light.requests().size();
    BOOST_TEST(h + l == 200u);
    BOOST_TEST((h > 110 && h < 185), h << " of 200");
    BOOST_TEST(heavy.connections() == 1u);  // each server's connection is kept and used again
    BOOST_TEST(light.connections() == 1u);
}

BOOST_AUTO_TEST_CASE(a_share_of_requests_is_sent_again_and_no_more) {
    upstream bad(says(""));
    place p(fmt::format("servers: [ \"http://{}\" ]", bad.address()));
    for (int i = 0; i < 60; ++i) BOOST_TEST(p.ask().status() == 502u);
    const auto again = p.pool("retries_total");
    BOOST_TEST((again >= 20 && again <= 28), again);  // ten in reserve, and a fifth of what was sent
    BOOST_TEST(static_cast<double>(bad.requests().size()) == 60 + again);
}

BOOST_AUTO_TEST_CASE(a_key_that_the_servers_know_permits_a_retry) {
    upstream bad(says("")), good(says(std::string(ok)));
    const std::string key = "Idempotency-Key: one\r\n";
    for (const bool known : {false, true}) {
        const auto bad_before = bad.requests().size(), good_before = good.requests().size();
        place p(servers(bad, good) + fmt::format(", ejection: {{ share: 0 }}, retries: {{ budget: 100, with_idempotency_key: {} }}", known));
        unsigned failed = 0;
        for (int i = 0; i < 12; ++i) failed += p.ask("POST", key, "body").status() == 502u ? 1 : 0;
        const auto bad_seen = bad.requests().size() - bad_before;
        BOOST_TEST(bad_seen > 0u);
        BOOST_TEST(failed == (known ? 0u : bad_seen));
        BOOST_TEST(good.requests().size() - good_before == (known ? 12u : 12u - bad_seen));
        BOOST_TEST(good.requests().back().body == "body");
        BOOST_TEST(good.requests().back().field("Idempotency-Key") == "one");
        BOOST_TEST(p.ask("POST", "", "body").status() != 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_fails_is_left_out_for_a_while) {
    std::atomic<bool> ill{true};
    upstream bad([&](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            c.peer.send(ill ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" : ok);
        }
    });
    upstream good(says(std::string(ok)));
    place p(servers(bad, good) + ", ejection: { time: 1s, consecutive: 3 }");
    BOOST_TEST(eventually([&] { return p.ask().status() == 0u || p.state(bad, "ejected") == 1; }));
    BOOST_TEST(figure(p.g, "tollgate_upstream_server_up{") == 1);
    const auto seen = bad.requests().size();
    unsigned good_ones = 0;
    for (int i = 0; i < 10 && p.state(bad, "ejected") == 1; ++i) good_ones += p.ask().status() == 200u ? 1 : 0;
    BOOST_TEST(good_ones > 0u);
    BOOST_TEST(bad.requests().size() <= seen + 1);  // its time may end between the two
    ill = false;
    BOOST_TEST(eventually([&] { return p.ask().status() == 200u && p.state(bad, "up") == 1 && bad.requests().size() > seen + 1; }));
    BOOST_TEST(figure(p.g, "tollgate_upstream_server_ejections_total") >= 1);
    BOOST_TEST(has(p.g.log.text(), "state=ejected was=up"));
    BOOST_TEST(has(p.g.log.text(), "state=up was=ejected"));
}

BOOST_AUTO_TEST_CASE(servers_are_asked_how_they_are) {
    std::atomic<int> first_ill{0}, second_ill{0};
    const auto server = [](std::atomic<int>& ill) {
        return [&ill](upstream::connection& c) {
            for (;;) {
                auto m = c.in.request();
                if (!m.complete) return;
                const bool check = m.start_line == "GET /up HTTP/1.1";
                if (!check) c.of.record(std::move(m));
                c.peer.send(check && ill != 0 ? "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n" : ok);
            }
        };
    };
    upstream first(server(first_ill)), second(server(second_ill));
    place p(servers(first, second) + ", health: { path: /up, interval: 100ms, unhealthy_after: 2, healthy_after: 2 }");
    first_ill = 1;
    BOOST_TEST(eventually([&] { return p.state(first, "unhealthy") == 1; }));
    BOOST_TEST(p.state(second, "up") == 1);
    const auto before = first.requests().size();
    for (int i = 0; i < 20; ++i) BOOST_TEST(p.ask().status() == 200u);
    BOOST_TEST(first.requests().size() == before);
    second_ill = 1;  // nobody is well: then everybody is asked, rather than none
    BOOST_TEST(eventually([&] { return p.state(second, "unhealthy") == 1; }));
    for (int i = 0; i < 20; ++i) BOOST_TEST(p.ask().status() == 200u);
    BOOST_TEST(first.requests().size() > before);
    BOOST_TEST(eventually([&] { return ready(p.g) == 503u; }));
    first_ill = second_ill = 0;
    BOOST_TEST(eventually([&] { return p.state(first, "up") == 1 && p.state(second, "up") == 1; }));
    BOOST_TEST(eventually([&] { return ready(p.g) == 200u; }));
}

BOOST_AUTO_TEST_CASE(a_breaker_opens_tries_and_closes) {
    std::atomic<bool> ill{true};
    upstream up([&](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            c.peer.send(ill ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nill!" : ok);
        }
    });
    place p(fmt::format("servers: [ \"http://{}\" ], breaker: {{ rate: 50, least_requests: 5, time: 1s, probes: 1 }}", up.address()));
    BOOST_TEST(eventually([&] { return p.ask().status() == 503u && p.pool("breaker_open") == 1; }));
    const auto before = up.requests().size();
    const auto shut = p.ask();
    BOOST_TEST(shut.status() == 503u);
    BOOST_TEST(!shut.field("Retry-After").empty());
    BOOST_TEST(shut.body != "ill!");
    BOOST_TEST(up.requests().size() == before);
    ill = false;
    BOOST_TEST(eventually([&] { return p.ask().status() == 200u && p.pool("breaker_open") == 0; }));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_drained_finishes_what_it_has) {
    gate asked, answer;
    upstream old([&](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            asked.open();
            answer.wait();
            c.peer.send(ok);
        }
    });
    upstream fresh(says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh"));
    place p(fmt::format("servers: [ {{ url: \"http://{}\" }}, {{ url: \"http://{}\", drain: true }} ]", old.address(), fresh.address()));
    BOOST_TEST(p.state(fresh, "draining") == 1);
    auto first = socket::connect(p.g.port());
    first.send(request_text("GET", "acme.test", "/", p.token));
    BOOST_TEST(asked.wait());
    auto text = read_file(p.g.dir.file("tollgate.yaml"));
    const auto rewrite = [&](const std::string& from, const std::string& to) { text.replace(text.find(from), from.size(), to); };
    rewrite(fmt::format("\"http://{}\" }}", old.address()), fmt::format("\"http://{}\", weight: 0 }}", old.address()));
    rewrite(", drain: true", "");
    p.g.dir.write("tollgate.yaml", text);
    problem_list problems;
    BOOST_TEST_REQUIRE(p.g.running->reload(problems).has_value());
    BOOST_TEST(p.state(old, "draining") == 1);
    for (int i = 0; i < 5; ++i) BOOST_TEST(p.ask().body == "fresh");
    answer.open();
    reader in(first);
    BOOST_TEST(in.response().body == "ok");
    BOOST_TEST(old.requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_reload_keeps_what_is_known) {
    upstream ill(says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")), good(says(std::string(ok)));
    place p(servers(ill, good) + ", ejection: { consecutive: 3, time: 1h, longest: 1h }");
    BOOST_TEST(eventually([&] { return p.ask().status() == 0u || p.state(ill, "ejected") == 1; }));
    const auto before = figure(p.g, "tollgate_upstream_server_requests_total");
    problem_list problems;
    BOOST_TEST_REQUIRE(p.g.running->reload(problems).has_value());
    BOOST_TEST(p.state(ill, "ejected") == 1);
    BOOST_TEST(figure(p.g, "tollgate_upstream_server_requests_total") == before);
    const auto seen = ill.requests().size();
    for (int i = 0; i < 10; ++i) BOOST_TEST(p.ask().status() == 200u);
    BOOST_TEST(ill.requests().size() == seen);
}

BOOST_AUTO_TEST_SUITE_END()
