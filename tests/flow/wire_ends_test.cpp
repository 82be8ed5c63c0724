// Ends that nobody wished for: callers that go, upstreams that refuse, close or fall silent; and the end of the gateway.
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(wire_ends)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

gateway_options quick(unsigned threads = 1) {
    return {.threads = threads, .more = "timeouts: { connect: 300ms, first_byte: 300ms, body_idle: 300ms, response_idle: 300ms, drain: 500ms }\n"};
}

message one(const front& f, std::string_view line, std::string_view fields = {}, std::string_view body = {}) {
    auto s = f.connect();
    s.send(f.head(line, fields) + std::string(body));
    reader in(s);
    return in.response();
}

std::string api_at(std::uint16_t port) {
    return fmt::format("- {{ name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: {{ servers: [ \"http://127.0.0.1:{}\" ] }} }}\n", port);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_upstream_that_refuses_or_never_accepts) {
    gateway refused(api_at(closed_port()), {}, nullptr, quick());
    const auto token = refused.create("acme");
    const auto m = refused.ask("GET", "x", "/", token);
    BOOST_TEST(m.status() == 502u);
    BOOST_TEST(m.field("Content-Type") == "application/problem+json");
    const full_listener full;
    gateway waits(api_at(full.port()), {}, nullptr, quick());
    BOOST_TEST(waits.ask("GET", "x", "/", waits.create("acme")).status() == 504u);
}

BOOST_AUTO_TEST_CASE(an_upstream_that_falls_silent) {
    upstream up([](upstream::connection& c) {
        const auto m = c.in.head();
        if (m.start_line.find("/late") != std::string::npos) c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegin");
        if (m.start_line.find("/half") != std::string::npos) c.peer.send("HTTP/1.1 200 OK\r\nContent-");
        if (m.start_line.find("/ok") != std::string::npos) c.peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        c.peer.receive_all();
    });
    front f(&up, quick());
    BOOST_TEST(one(f, "GET /never HTTP/1.1").status() == 504u);
    BOOST_TEST(one(f, "GET /half HTTP/1.1").status() == 504u);
    BOOST_TEST(one(f, "POST /never HTTP/1.1", "Content-Length: 4\r\n", "body").status() == 504u);
    BOOST_TEST(one(f, "GET /ok HTTP/1.1").status() == 200u);
    auto s = f.connect();
    s.send(f.head("GET /late HTTP/1.1"));
    reader in(s);
    const auto m = in.response();
    BOOST_TEST(m.status() == 200u);
    BOOST_TEST(!m.complete);
    BOOST_TEST(s.was_reset());
}

// It reads nothing of a body that does not fit into the sockets' buffers.
BOOST_AUTO_TEST_CASE(an_upstream_that_does_not_read) {
    gate over;
    upstream up([&](upstream::connection& c) {
        c.in.head();
        over.wait();
    });
    front f(&up, quick());
    auto s = f.connect();
    s.send(f.head("PUT / HTTP/1.1", fmt::format("Content-Length: {}\r\n", 64u << 20)));
    const auto block = repeated("0123456789abcdef", 4096);
    std::thread sender([&] {
        for (int i = 0; i < 1024 && s.send(block); ++i) {}
    });
    reader in(s);
    BOOST_TEST(in.response().status() == 504u);
    s.receive_all();
    ::shutdown(s.descriptor(), SHUT_RDWR);
    sender.join();
    over.open();
}

// A caller that does not read an answer which does not fit into the sockets' buffers.
BOOST_AUTO_TEST_CASE(a_caller_that_does_not_read) {
    gate cut;
    upstream up([&](upstream::connection& c) {
        if (!c.in.request().complete) return;
        c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        const auto block = repeated("0123456789abcdef", 4096);
        while (c.peer.send(block)) {}
        cut.open();
    });
    front f(&up, quick());
    auto s = f.connect();
    s.send(f.head("GET / HTTP/1.1"));
    BOOST_TEST(cut.wait());
    s.receive_all();
    BOOST_TEST(s.was_reset());
}

BOOST_AUTO_TEST_CASE(a_stale_connection_is_tried_again_where_that_is_safe) {
    // Every connection answers once, and closes upon its second request.
    upstream up([](upstream::connection& c) {
        for (bool first = true;; first = false) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            if (!first) return;
            c.peer.send(ok);
        }
    });
    front f(&up, {.threads = 1});
    BOOST_TEST(one(f, "GET /first HTTP/1.1").status() == 200u);
    std::size_t arrived = 1;
    const auto ask = [&](std::string_view line, std::string_view fields, std::string_view body, unsigned status, std::size_t times) {
        BOOST_TEST(one(f, line, fields, body).status() == status, line);
        arrived += times;
        BOOST_TEST(up.requests().size() == arrived, line);
        BOOST_TEST(up.requests().back().body == body, line);
    };
    ask("GET /second HTTP/1.1", "", "", 200, 2);
    ask("PUT /third HTTP/1.1", "Content-Length: 4\r\n", "body", 200, 2);
    ask("DELETE /fourth HTTP/1.1", "", "", 200, 2);
    ask("POST /fifth HTTP/1.1", "Content-Length: 4\r\n", "body", 502, 1);
    ask("POST /sixth HTTP/1.1", "Content-Length: 4\r\n", "body", 200, 1);
    ask("PATCH /seventh HTTP/1.1", "Content-Length: 4\r\n", "body", 502, 1);
}

// One that was closed while it was idle is not used, whatever the method.
BOOST_AUTO_TEST_CASE(a_connection_closed_while_idle_is_not_used) {
    gate gone;
    upstream up([&](upstream::connection& c) {
        auto m = c.in.request();
        if (!m.complete) return;
        c.of.record(std::move(m));
        c.peer.send(ok);
        ::shutdown(c.peer.descriptor(), SHUT_RDWR);
        gone.open();
    });
    front f(&up, {.threads = 1});
    BOOST_TEST(one(f, "POST /1 HTTP/1.1", "Content-Length: 4\r\n", "body").status() == 200u);
    BOOST_TEST(gone.wait());
    BOOST_TEST(one(f, "POST /2 HTTP/1.1", "Content-Length: 4\r\n", "body").status() == 200u);
    BOOST_TEST(up.requests().size() == 2u);
    BOOST_TEST(up.connections() == 2u);
}

BOOST_AUTO_TEST_CASE(a_caller_that_has_said_all_still_gets_its_answer) {
    gate asked, answer;
    upstream up([&](upstream::connection& c) {
        if (!c.in.request().complete) return;
        asked.open();
        answer.wait();
        c.peer.send(ok);
        c.peer.receive();
    });
    front f(&up);
    auto s = f.connect();
    s.send(f.head("POST / HTTP/1.1", "Content-Length: 4\r\n") + "body");
    s.half_close();
    BOOST_TEST(asked.wait());
    answer.open();
    reader in(s);
    BOOST_TEST(in.response().body == "ok");
    BOOST_TEST(s.receive_all().empty());
    BOOST_TEST((!s.timed_out() && !s.was_reset()));
}

BOOST_AUTO_TEST_CASE(callers_that_go_take_their_upstream_along) {
    std::mutex mutex;
    std::unique_ptr<gate> begun, over;
    std::atomic<int> ended{0}, complete{0};
    upstream up([&](upstream::connection& c) {
        const auto m = c.in.head();
        if (!m.complete) return;
        if (m.start_line.find("/ok") != std::string::npos) {
            c.peer.send(ok);
            c.peer.receive();
            return;
        }
        gate *first, *last;
        {
            const std::lock_guard lock(mutex);
            first = begun.get();
            last = over.get();
        }
        if (m.start_line.starts_with("POST")) {
            while (c.in.rest.size() < 5) {
                const auto part = c.peer.receive();
                if (part.empty()) break;
                c.in.rest += part;
            }
            first->open();
            complete += c.peer.receive_all().size() > 5 ? 1 : 0;
        } else {
            c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            first->open();
            while (c.peer.send("1000\r\n" + repeated("x", 4096) + "\r\n")) {}
        }
        ++ended;
        last->open();
    });
    front f(&up, {.threads = 2});
    const auto before = figure(f.g, "tollgate_connections_open");
    const std::string length = "Content-Length: 1000\r\n", chunked = "Transfer-Encoding: chunked\r\n";
    const std::string asks[] = {
        f.head("POST / HTTP/1.1", length) + "begin", f.head("POST / HTTP/1.1", chunked) + "64\r\nbegin", f.head("GET / HTTP/1.1")};
    int expected = 0;
    for (int i = 0; i < 30; ++i) {
        {
            const std::lock_guard lock(mutex);
            begun = std::make_unique<gate>();
            over = std::make_unique<gate>();
        }
        auto s = f.connect();
        s.send(asks[i % 3]);
        BOOST_TEST(begun->wait());
        if (i % 3 == 2) BOOST_TEST(!s.receive().empty());
        if (i % 2 == 0) s.reset();
        else s.close();
        BOOST_TEST(over->wait(), "the upstream did not see the end of " << asks[i % 3]);
        ++expected;
    }
    BOOST_TEST(ended == expected);
    BOOST_TEST(complete == 0);
    BOOST_TEST(one(f, "GET /ok HTTP/1.1").body == "ok");
    BOOST_TEST(eventually([&] { return figure(f.g, "tollgate_connections_open") == before; }),
        figure(f.g, "tollgate_connections_open") << " connections are open, " << before << " before");
}

BOOST_AUTO_TEST_CASE(a_drain_lets_the_slow_one_finish_and_ends_the_idle) {
    gate asked, answer;
    upstream up([&](upstream::connection& c) {
        const auto m = c.in.request();
        if (!m.complete) return;
        if (m.start_line.find("/slow") != std::string::npos) {
            asked.open();
            answer.wait();
        }
        c.peer.send(ok);
        c.peer.receive();
    });
    front f(&up, {.threads = 2});
    auto idle = f.connect(), fresh = f.connect(), slow = f.connect();
    idle.send(f.head("GET / HTTP/1.1"));
    reader idle_in(idle), slow_in(slow);
    BOOST_TEST(idle_in.response().body == "ok");
    slow.send(f.head("GET /slow HTTP/1.1"));
    BOOST_TEST(asked.wait());
    f.g.running->drain();
    BOOST_TEST((idle.receive_all().empty() && !idle.timed_out()));
    BOOST_TEST((fresh.receive_all().empty() && !fresh.timed_out()));
    BOOST_TEST(!f.g.running->ended());
    BOOST_CHECK_THROW(static_cast<void>(f.connect()), std::runtime_error);
    answer.open();
    const auto m = slow_in.response();
    BOOST_TEST(m.body == "ok");
    BOOST_TEST((slow.receive_all().empty() && !slow.timed_out() && !slow.was_reset()));
    f.g.running->wait();
    BOOST_TEST(f.g.running->ended());
}

// An answer that a drain cuts short ends with a reset, so that it cannot look whole, also where its end is the connection's. (It was a FIN.)
BOOST_AUTO_TEST_CASE(a_drain_has_an_end) {
    struct row {
        const char* version;
        std::string begin;
    };
    const row rows[] = {
        {"1.1", ""},
        {"1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n"},
        {"1.0", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbegin"},
    };
    for (const auto& r : rows) {
        gate asked, ended;
        upstream up([&](upstream::connection& c) {
            if (!c.in.request().complete) return;
            c.peer.send(r.begin);
            asked.open();
            c.peer.receive();
            if (!c.peer.timed_out()) ended.open();
        });
        front f(&up, {.threads = 1, .more = "timeouts: { drain: 300ms }\n"});
        auto s = f.connect();
        s.send(f.head(std::string("GET / HTTP/") + r.version));
        BOOST_TEST(asked.wait());
        if (!r.begin.empty()) BOOST_TEST(!s.receive().empty());  // the answer has begun
        f.g.running->drain();
        BOOST_TEST(!s.receive_all().ends_with("0\r\n\r\n"));
        BOOST_TEST(!s.timed_out());
        BOOST_TEST(s.was_reset() == !r.begin.empty(), r.begin);
        BOOST_TEST(ended.wait());
        f.g.running->wait();
    }
}

BOOST_AUTO_TEST_SUITE_END()
