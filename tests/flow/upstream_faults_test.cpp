// What upstreams do to whoever stands before them, and how long anybody waits for them.
#include "pools.hpp"
#include "tollgate/rules/load_limit.hpp"

BOOST_AUTO_TEST_SUITE(upstream_faults)

namespace {

using namespace tollgate;
using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

}  // namespace

BOOST_AUTO_TEST_CASE(fault_upstream_refuses) {
    upstream good(says(std::string(ok)));
    place p(fmt::format("servers: [ \"http://127.0.0.1:{}\", \"http://{}\" ]", closed_port(), good.address()));
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(p.ask().status() == 200u);
        BOOST_TEST(p.ask("POST", "", "body").status() == 200u);
    }
    BOOST_TEST(good.requests().size() == 40u);
}

BOOST_AUTO_TEST_CASE(fault_upstream_resets_in_its_head) {
    upstream bad([](upstream::connection& c) {
        auto m = c.in.request();
        if (!m.complete) return;
        c.of.record(std::move(m));
        c.peer.send("HTTP/1.1 200 OK\r\nContent-");
        c.peer.reset();
    });
    upstream good(says(std::string(ok)));
    place p(servers(bad, good) + ", ejection: { share: 0 }, retries: { budget: 100 }");
    for (int i = 0; i < 30; ++i) BOOST_TEST(p.ask().status() == 200u);
    BOOST_TEST(good.requests().size() == 30u);
    const auto before = bad.requests().size();
    BOOST_TEST(before > 0u);
    BOOST_TEST(p.pool("retries_total") == static_cast<double>(before));
    unsigned failed = 0;
    for (int i = 0; i < 30; ++i) failed += p.ask("POST", "", "body").status() == 502u ? 1 : 0;
    BOOST_TEST(bad.requests().size() - before == failed);  // not one was sent twice
    BOOST_TEST(failed > 0u);
    BOOST_TEST(good.requests().size() + failed == 60u);
}

BOOST_AUTO_TEST_CASE(fault_upstream_resets_in_its_body) {
    upstream bad([](upstream::connection& c) {
        auto m = c.in.request();
        if (!m.complete) return;
        c.of.record(std::move(m));
        c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        c.peer.reset();
    });
    place p(fmt::format("servers: [ \"http://{}\" ]", bad.address()));
    const auto m = p.ask();
    BOOST_TEST((m.status() == 502u || !m.complete), m.raw_head);
    BOOST_TEST(bad.requests().size() == 1u);
    BOOST_TEST(p.pool("retries_total") == 0);
}

BOOST_AUTO_TEST_CASE(fault_upstream_dribbles) {
    upstream slow([](upstream::connection& c) {
        const int at_once = 1;
        ::setsockopt(c.peer.descriptor(), IPPROTO_TCP, 1 /* TCP_NODELAY */, &at_once, sizeof at_once);
        while (c.in.request().complete)
            for (const char byte : ok) c.peer.send({&byte, 1});
    });
    place p(fmt::format("servers: [ \"http://{}\" ]", slow.address()));
    for (int i = 0; i < 5; ++i) BOOST_TEST(p.ask().body == "ok");
}

BOOST_AUTO_TEST_CASE(fault_upstream_answers_before_the_body_is_read) {
    upstream early([](upstream::connection& c) {
        if (!c.in.head().complete) return;
        c.peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        c.peer.receive_all();
    });
    place p(fmt::format("servers: [ \"http://{}\" ]", early.address()));
    auto s = socket::connect(p.g.port());
    s.send(request_text("POST", "acme.test", "/", p.token, "Content-Length: 1000\r\n") + "the beginning");
    reader in(s);
    const auto m = in.response();
    BOOST_TEST(m.status() == 413u);
    BOOST_TEST(m.body == "no");
}

BOOST_AUTO_TEST_CASE(fault_upstream_closes_in_the_race_window) {
    upstream up([](upstream::connection& c) {
        for (bool first = true;; first = false) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            if (!first) return;
            c.peer.send(ok);
        }
    });
    place p(fmt::format("servers: [ \"http://{}\" ], retries: {{ budget: 0 }}", up.address()));
    for (int i = 0; i < 10; ++i) BOOST_TEST(p.ask().status() == 200u);
    BOOST_TEST(p.pool("retries_total") == 0);
    BOOST_TEST(p.ask("POST", "", "body").status() == 502u);  // the connection of the last GET; sent once, and nobody knows what came of it
    BOOST_TEST(up.requests().size() == 20u);
}

BOOST_AUTO_TEST_CASE(fault_all_upstreams_slow) {
    gate answer;
    std::atomic<int> under_way{0};
    upstream slow([&](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            ++under_way;
            answer.wait();
            c.peer.send(ok);
        }
    });
    place p(fmt::format("servers: [ \"http://{}\" ], max_connections: 2, queue: 1, queue_timeout: 10s", slow.address()));
    std::vector<socket> callers;
    const auto call = [&] {
        callers.push_back(socket::connect(p.g.port()));
        callers.back().send(request_text("GET", "acme.test", "/", p.token));
    };
    call();
    call();
    BOOST_TEST(eventually([&] { return under_way == 2; }));
    call();
    BOOST_TEST(eventually([&] { return p.pool("queue_length") == 1; }));
    const auto beyond = p.ask();
    BOOST_TEST(beyond.status() == 503u);
    BOOST_TEST(!beyond.field("Retry-After").empty());
    BOOST_TEST(p.pool("refused_total", ",reason=\"queue_full\"") == 1);
    BOOST_TEST(slow.connections() == 2u);
    answer.open();
    for (auto& s : callers) {
        reader in(s);
        BOOST_TEST(in.response().status() == 200u);
    }
    BOOST_TEST(slow.requests().size() == 3u);
    BOOST_TEST(slow.connections() == 2u);
    BOOST_TEST(p.pool("queue_length") == 0);
}

// The adaptive limit begins at so many under way. What answers take then is its affair (unit: load_limits); the management address sheds nothing.
BOOST_AUTO_TEST_CASE(overload_is_shed_and_management_goes_on) {
    gate answer;
    std::atomic<unsigned> under_way{0};
    upstream slow([&](upstream::connection& c) {
        if (!c.in.request().complete) return;
        ++under_way;
        answer.wait();
        c.peer.send(ok);
    });
    place p(fmt::format("servers: [ \"http://{}\" ], adaptive_limit: true, queue: 0", slow.address()));
    std::vector<socket> callers;
    for (unsigned i = 0; i < load_limit::first; ++i) {
        callers.push_back(socket::connect(p.g.port()));
        callers.back().send(request_text("GET", "acme.test", "/", p.token));
    }
    BOOST_TEST(eventually([&] { return under_way == load_limit::first; }));
    for (int i = 0; i < 10; ++i) {
        const auto shed = p.ask();
        BOOST_TEST(shed.status() == 503u);
        BOOST_TEST(!shed.field("Retry-After").empty());
    }
    BOOST_TEST(p.pool("slots") == load_limit::first);
    BOOST_TEST(p.pool("refused_total", ",reason=\"queue_full\"") == 10);
    auto health = socket::connect(p.g.management_port());
    health.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    reader in(health);
    BOOST_TEST(in.response().status() == 200u);
    answer.open();
    for (auto& s : callers) {
        reader each(s);
        BOOST_TEST(each.response().status() == 200u);
    }
}

BOOST_AUTO_TEST_CASE(a_wait_in_the_queue_has_an_end) {
    gate answer;
    std::atomic<int> under_way{0};
    upstream slow([&](upstream::connection& c) {
        if (!c.in.request().complete) return;
        ++under_way;
        answer.wait();
        c.peer.send(ok);
    });
    place p(fmt::format("servers: [ \"http://{}\" ], max_connections: 1, queue_timeout: 200ms", slow.address()));
    auto first = socket::connect(p.g.port());
    first.send(request_text("GET", "acme.test", "/", p.token));
    BOOST_TEST(eventually([&] { return under_way == 1; }));
    const auto late = p.ask();
    BOOST_TEST(late.status() == 503u);
    BOOST_TEST(!late.field("Retry-After").empty());
    BOOST_TEST(p.pool("refused_total", ",reason=\"queue_timeout\"") == 1);
    answer.open();
    reader in(first);
    BOOST_TEST(in.response().status() == 200u);
}

BOOST_AUTO_TEST_CASE(row_T_4_in_the_queue) {
    gate answer;
    std::atomic<int> under_way{0};
    upstream slow([&](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            if (++under_way == 1) answer.wait();
            c.peer.send(ok);
        }
    });
    place p(fmt::format("servers: [ \"http://{}\" ], max_connections: 1, queue_timeout: 10s", slow.address()));
    const auto other = p.g.create_record("acme");
    auto first = socket::connect(p.g.port()), second = socket::connect(p.g.port());
    first.send(request_text("GET", "acme.test", "/", p.token));
    BOOST_TEST(eventually([&] { return under_way == 1; }));
    second.send(request_text("GET", "acme.test", "/", other.text.reveal()));
    BOOST_TEST(eventually([&] { return p.pool("queue_length") == 1; }));
    BOOST_REQUIRE(p.g.tokens().revoke(other.record.id, {"test", "unix"}));
    answer.open();
    reader in_first(first), in_second(second);
    BOOST_TEST(in_first.response().status() == 200u);
    BOOST_TEST(in_second.response().status() == 401u);
    BOOST_TEST(slow.requests().size() == 1u);
    BOOST_TEST(p.ask().status() == 200u);  // the connection that it had got is free again
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_wait_for_the_queue) {
    gate answer;
    std::atomic<int> under_way{0};
    upstream slow([&](upstream::connection& c) {
        if (!c.in.request().complete) return;
        ++under_way;
        answer.wait();
    });
    place p(fmt::format("servers: [ \"http://{}\" ], max_connections: 1, queue_timeout: 1h", slow.address()),
        {.threads = 1, .more = "timeouts: { drain: 300ms }\n"});
    auto first = socket::connect(p.g.port()), second = socket::connect(p.g.port());
    first.send(request_text("GET", "acme.test", "/", p.token));
    BOOST_TEST(eventually([&] { return under_way == 1; }));
    second.send(request_text("GET", "acme.test", "/", p.token));
    BOOST_TEST(eventually([&] { return p.pool("queue_length") == 1; }));
    p.g.running->drain();
    p.g.running->wait();
    reader in(second);
    BOOST_TEST(in.response().status() == 503u);
    answer.open();
}

BOOST_AUTO_TEST_SUITE_END()
