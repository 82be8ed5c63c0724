// What comes in pieces: interim answers, the caller's question whether to go on, events, both ways at once.
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(wire_streams)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

message ask(const socket& s, reader& in, std::string_view bytes) {
    s.send(bytes);
    return in.response();
}

// Reads until `text` has come.
bool arrives(socket& s, reader& in, std::string_view text) {
    while (in.rest.find(text) == std::string::npos) {
        const auto part = s.receive();
        if (part.empty()) return false;
        in.rest += part;
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(interim_answers) {
    upstream up([](upstream::connection& c) {
        while (c.in.request().complete)
            c.peer.send(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    front f(&up);
    auto s = f.connect();
    reader in(s);
    const auto hint = ask(s, in, f.head("GET / HTTP/1.1"));
    BOOST_TEST(hint.status() == 103u);
    BOOST_TEST(hint.field("Link") == "</style>");
    BOOST_TEST(in.response().body == "ok");
    // Who speaks HTTP/1.0 would take it for the answer.
    const auto old = tell(f.g.port(), f.head("GET / HTTP/1.0"));
    BOOST_TEST(old.answer.status() == 200u);
    BOOST_TEST(old.answer.body == "ok");
    BOOST_TEST(old.behind.empty());
}

BOOST_AUTO_TEST_CASE(continue_is_said_after_the_verdict) {
    upstream up;
    front f(&up, {.threads = 1});
    gate read, go_on;
    f.g.tokens().probe = [&](std::string_view point) {
        if (point != "read:after") return;
        read.open();
        go_on.wait();
    };
    const std::string promise = "Content-Length: 5\r\nExpect: 100-continue\r\n";
    auto s = f.connect();
    reader in(s);
    s.send(f.head("POST /a HTTP/1.1", promise));
    BOOST_TEST(read.wait());
    BOOST_TEST(s.stays_silent(std::chrono::milliseconds(200)));  // the token is being looked up
    go_on.open();
    BOOST_TEST(in.response().start_line == "HTTP/1.1 100 Continue");
    s.send("hello");
    BOOST_TEST(in.response().status() == 200u);
    BOOST_TEST_REQUIRE(up.requests().size() == 1u);
    BOOST_TEST(up.requests()[0].body == "hello");
    BOOST_TEST(up.requests()[0].count("Expect") == 0u);
    // A body that is there already needs no word.
    BOOST_TEST(ask(s, in, f.head("POST /b HTTP/1.1", promise) + "hello").status() == 200u);
    BOOST_TEST(ask(s, in, f.head("POST /c HTTP/1.1", "Content-Length: 0\r\nExpect: 100-continue\r\n")).status() == 200u);
    // Refused: no 100, and the end, since nobody knows whether the body will come.
    const auto refused = tell(f.g.port(), "POST /d HTTP/1.1\r\nHost: x\r\n" + promise + "\r\n");
    BOOST_TEST(refused.answer.status() == 401u);
    BOOST_TEST(refused.behind.empty());
    BOOST_TEST(refused.closed);
    BOOST_TEST(up.requests().size() == 3u);
}

BOOST_AUTO_TEST_CASE(events_arrive_one_by_one) {
    std::vector<std::unique_ptr<gate>> seen;
    for (int i = 0; i < 5; ++i) seen.push_back(std::make_unique<gate>());
    upstream up([&](upstream::connection& c) {
        if (!c.in.request().complete) return;
        c.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (std::size_t i = 0; i < seen.size(); ++i) {
            c.peer.send("9\r\ndata: " + std::to_string(i) + "\n\n\r\n");
            seen[i]->wait();
        }
        c.peer.send("0\r\n\r\n");
        c.peer.receive();
    });
    front f(&up);
    auto s = f.connect();
    reader in(s);
    s.send(f.head("GET /events HTTP/1.1"));
    BOOST_TEST(in.head().field("Content-Type") == "text/event-stream");
    for (std::size_t i = 0; i < seen.size(); ++i) {
        BOOST_TEST_REQUIRE(arrives(s, in, "data: " + std::to_string(i) + "\n\n"));
        seen[i]->open();  // the next one is sent only now
    }
    BOOST_TEST(arrives(s, in, "\r\n0\r\n\r\n"));
}

// An upstream that answers while the body still comes, piece for piece.
BOOST_AUTO_TEST_CASE(both_ways_at_once) {
    upstream up([](upstream::connection& c) {
        if (!c.in.head().complete) return;
        c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (std::size_t seen = 0; seen < 50;) {
            auto part = std::exchange(c.in.rest, {});
            if (part.empty()) part = c.peer.receive();
            if (part.empty()) return;
            seen += part.size();
            c.peer.send(fmt::format("{:x}\r\n{}\r\n", part.size(), part));
        }
        c.peer.send("0\r\n\r\n");
        c.peer.receive();
    });
    front f(&up);
    auto s = f.connect();
    reader in(s);
    s.send(f.head("POST /echo HTTP/1.1", "Content-Length: 50\r\n"));
    BOOST_TEST(in.head().status() == 200u);
    for (int i = 0; i < 10; ++i) {
        const auto piece = fmt::format("part{}", i);
        s.send(piece);
        BOOST_TEST_REQUIRE(arrives(s, in, piece + "\r\n"));
    }
    in.rest += s.receive_all();
    BOOST_TEST(in.rest.ends_with("0\r\n\r\n"));
    BOOST_TEST((!s.was_reset() && !s.timed_out()));
}

BOOST_AUTO_TEST_SUITE_END()
