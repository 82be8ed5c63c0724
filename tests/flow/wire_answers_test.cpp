// What an upstream may not do to a caller, and what a caller's left-over bytes may not become. (W-6, W-7)
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <set>

BOOST_AUTO_TEST_SUITE(wire_answers)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

constexpr std::string_view good_answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

enum class ending { leaves_open, closes, resets };

struct row {
    const char* what;
    std::string method;
    std::vector<std::string> writes;  // each goes out when the one before has arrived
    ending end = ending::leaves_open;
    bool begun = false;               // the answer's begin has reached the caller: then it is cut
};

std::string ok(std::string_view fields, std::string_view body = {}) {
    return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::vector<row> bad_answers() {
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    std::vector<row> rows{
        {"length and coding", "GET", {ok("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")}},
        {"two lengths", "GET", {ok("Content-Length: 4\r\nContent-Length: 4\r\n", "good")}},
        {"two different lengths", "GET", {ok("Content-Length: 4\r\nContent-Length: 5\r\n", "good!")}},
        {"list of lengths", "GET", {ok("Content-Length: 4, 4\r\n", "good")}},
        {"negative length", "GET", {ok("Content-Length: -1\r\n")}},
        {"signed length", "GET", {ok("Content-Length: +4\r\n", "good")}},
        {"endless length", "GET", {ok("Content-Length: 99999999999999999999\r\n", "good")}},
        {"other coding", "GET", {ok("Transfer-Encoding: gzip\r\n", "good")}, ending::closes},
        {"two codings", "GET", {ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")}},
        {"coding twice", "GET", {ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")}},
        {"coding on 1.0", "GET", {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}},
        {"bare LF", "GET", {"HTTP/1.1 200 OK\nContent-Length: 4\n\ngood"}},
        {"bare CR in a value", "GET", {ok("X: a\rb\r\nContent-Length: 4\r\n", "good")}},
        {"NUL in a value", "GET", {ok(std::string_view("X: a\0b\r\nContent-Length: 4\r\n", 27), "good")}},
        {"folded line", "GET", {ok("X: a\r\n b\r\nContent-Length: 4\r\n", "good")}},
        {"blank before the colon", "GET", {ok("Content-Length : 4\r\n", "good")}},
        {"garbage", "GET", {"SSH-2.0-OpenSSH_9.2\r\n\r\n"}},
        {"another protocol", "GET", {"HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\ngood"}},
        {"status of two digits", "GET", {"HTTP/1.1 20 OK\r\nContent-Length: 4\r\n\r\ngood"}},
        {"status out of range", "GET", {"HTTP/1.1 999 OK\r\nContent-Length: 4\r\n\r\ngood"}},
        {"closes at once", "GET", {}, ending::closes},
        {"closes at once upon POST", "POST", {}, ending::closes},
        {"resets at once", "GET", {}, ending::resets},
        {"half a head", "GET", {"HTTP/1.1 200 OK\r\nContent-Le"}, ending::closes},
        {"101 that nobody asked for", "GET", {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"}},
        {"more interim answers than allowed", "GET", {repeated(interim, 9) + std::string(good_answer)}},
        {"interim answer with a length", "GET", {"HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\ngood" + std::string(good_answer)}},
        {"interim answers without end", "GET", {repeated(interim, 200)}},
        {"more than the length says", "GET", {ok("Content-Length: 4\r\n", "good and more")}},
        {"a second answer", "GET", {std::string(good_answer) + std::string(good_answer)}},
        {"more than the length says, later", "GET", {ok("Content-Length: 8\r\n", "good"), "good and more"}, ending::leaves_open, true},
        {"less than the length says", "GET", {ok("Content-Length: 40\r\n", "good")}, ending::closes, true},
        {"reset in the body", "GET", {ok("Content-Length: 40\r\n", "good")}, ending::resets, true},
        {"204 with a length", "GET", {"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\ngood"}},
        {"204 with a body", "GET", {"HTTP/1.1 204 No Content\r\n\r\ngood"}},
        {"304 with a body", "GET", {"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\ngood"}},
        {"body to HEAD", "HEAD", {std::string(good_answer)}},
        {"chunk size that is none", "GET", {ok("Transfer-Encoding: chunked\r\n", "zz\r\nab\r\n0\r\n\r\n")}},
        {"chunk that is too long", "GET", {ok("Transfer-Encoding: chunked\r\n", "2\r\nabc\r\n0\r\n\r\n")}},
        {"bytes behind the last chunk", "GET", {ok("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n0\r\n\r\nmore")}},
        {"bad chunk, later", "GET", {ok("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n"), "zz\r\n"}, ending::leaves_open, true},
        {"cut in a chunk", "GET", {ok("Transfer-Encoding: chunked\r\n", "5\r\nab")}, ending::closes, true},
        {"cut between chunks", "GET", {ok("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n")}, ending::closes, true},
        {"cut before the trailers' end", "GET", {ok("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n0\r\n")}, ending::closes, true},
        {"reset where the close is the end", "GET", {ok("Connection: close\r\n", "good")}, ending::resets, true},
    };
    return rows;
}

// Plays the row that the path names; `/good` is answered well. `seen` keeps which connections a row has touched.
struct stage {
    std::vector<row> rows = bad_answers();
    std::mutex mutex;
    std::set<std::uint64_t> touched;
    std::uint64_t last_good = 0;
    std::vector<std::unique_ptr<gate>> arrived;  // of each row: the first write has reached the caller
    upstream up{[this](upstream::connection& c) {
        while (play(c)) {}
    }};

    stage() {
        for (std::size_t i = 0; i < rows.size(); ++i) arrived.push_back(std::make_unique<gate>());
    }
    bool play(upstream::connection& c) {
        const auto m = c.in.request();
        if (!m.complete) return false;
        const auto path = m.start_line.substr(m.start_line.find(' ') + 1);
        if (path.starts_with("/good")) {
            const std::lock_guard lock(mutex);
            last_good = c.number;
            return c.peer.send(good_answer);
        }
        const auto index = std::stoul(path.substr(1));
        {
            const std::lock_guard lock(mutex);
            touched.insert(c.number);
        }
        const row& r = rows[index];
        for (std::size_t i = 0; i < r.writes.size(); ++i) {
            if (i > 0) arrived[index]->wait();
            if (!c.peer.send(r.writes[i])) return false;
        }
        if (r.end == ending::closes) return false;
        if (r.begun) arrived[index]->wait();
        if (r.end == ending::resets) return reset_at_close(c.peer), false;
        c.peer.receive();  // until the gateway closes it
        return false;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(row_W_6) {
    stage s;
    front f(&s.up, {.threads = 1});
    for (std::size_t i = 0; i < s.rows.size(); ++i) {
        const row& r = s.rows[i];
        auto client = f.connect();
        client.send(f.head(r.method + " /" + std::to_string(i) + " HTTP/1.1", r.method == "POST" ? "Content-Length: 0\r\n" : ""));
        reader in(client);
        message m;
        if (r.begun) {
            m = in.head();
            BOOST_TEST(m.status() == 200u, r.what);
            if (r.writes.size() > 1 || r.end == ending::resets) {
                while (in.rest.empty()) in.rest += client.receive();
                s.arrived[i]->open();
            }
            in.rest += client.receive_all();
            BOOST_TEST(client.was_reset(), r.what << ": the caller saw a clean end");
        } else {
            do m = in.response(r.method == "HEAD");
            while (m.complete && m.status() < 200);
            BOOST_TEST(m.complete, r.what);
            BOOST_TEST(m.status() == 502u, r.what << ": " << m.start_line);
        }
        BOOST_TEST(f.g.ask("GET", "acme.test", "/good", f.token).body == "good", r.what);
        const std::lock_guard lock(s.mutex);
        BOOST_TEST(s.touched.count(s.last_good) == 0u, r.what << ": its connection was used again");
    }
}

// An answer that nobody asked for, left on an idle connection, is not the next caller's.
BOOST_AUTO_TEST_CASE(an_answer_in_advance_is_nobodys) {
    gate first_seen, poisoned;
    upstream up([&](upstream::connection& c) {
        for (bool first = c.number == 1;; first = false) {
            const auto m = c.in.request();
            if (!m.complete) return;
            c.peer.send(good_answer);
            if (!first) continue;
            first_seen.wait();
            c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
            poisoned.open();
        }
    });
    front f(&up, {.threads = 1});
    BOOST_TEST(f.g.ask("GET", "acme.test", "/1", f.token).body == "good");
    first_seen.open();
    BOOST_TEST_REQUIRE(poisoned.wait());
    BOOST_TEST(f.g.ask("GET", "acme.test", "/2", f.token).body == "good");
    BOOST_TEST(up.connections() == 2u);
}

// Eight interim answers are let through, and the ninth message is the answer.
BOOST_AUTO_TEST_CASE(a_few_interim_answers_pass) {
    upstream up([](upstream::connection& c) {
        if (c.in.request().complete) c.peer.send(repeated("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 8) + std::string(good_answer));
        c.peer.receive();
    });
    front f(&up);
    auto s = f.connect();
    s.send(f.head("GET / HTTP/1.1"));
    reader in(s);
    for (int i = 0; i < 8; ++i) BOOST_TEST(in.response().status() == 103u);
    BOOST_TEST(in.response().body == "good");
}

// The body of a refused request is thrown away within a limit, or the connection closes: it never becomes a request.
BOOST_AUTO_TEST_CASE(row_W_7) {
    upstream up;
    front f(&up);
    const std::string hidden = f.head("GET /hidden HTTP/1.1");
    const std::string next = f.head("GET /next HTTP/1.1", "Connection: close\r\n");
    struct refused {
        const char* what;
        std::string request, body;
        bool goes_on;
    };
    const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
    const std::string over = "Content-Length: " + std::to_string(300 * 1024) + "\r\n";
    const std::string chunk = fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", hidden.size(), hidden);
    const refused rows[] = {
        {"no token, short body", "POST /a HTTP/1.1\r\nHost: acme.test\r\n" + length + "\r\n", hidden, true},
        {"no token, long body", "POST /a HTTP/1.1\r\nHost: acme.test\r\n" + over + "\r\n", hidden, false},
        {"no token, chunks", "POST /a HTTP/1.1\r\nHost: acme.test\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, false},
        {"no token, a promise", "POST /a HTTP/1.1\r\nHost: acme.test\r\nExpect: 100-continue\r\n" + length + "\r\n", "", false},
        {"bad path", f.head("POST /a/../b HTTP/1.1", length), hidden, false},
        {"bad framing", f.head("POST /a HTTP/1.1", length + "Transfer-Encoding: chunked\r\n"), hidden, false},
        {"unknown expectation", f.head("POST /a HTTP/1.1", length + "Expect: much\r\n"), hidden, false},
    };
    std::size_t arrived = 0;
    for (const auto& r : rows) {
        auto s = f.connect();
        s.send(r.body.empty() ? r.request : r.request + r.body + next);
        reader in(s);
        const auto m = in.response();
        BOOST_TEST(m.status() / 100 == 4u, r.what << ": " << m.start_line);
        BOOST_TEST((m.field("Connection") == "close") == !r.goes_on, r.what);
        if (r.goes_on) BOOST_TEST(in.response().status() == 200u, r.what);
        s.receive_all();
        BOOST_TEST(!s.timed_out(), r.what << ": the connection stayed open");
        arrived += r.goes_on ? 1 : 0;
        BOOST_TEST(up.requests().size() == arrived, r.what);
    }
    for (const auto& m : up.requests()) BOOST_TEST(m.start_line == "GET /next HTTP/1.1");
}

// An upstream that answers before the body has come: the caller gets that answer, and what follows is never a request.
BOOST_AUTO_TEST_CASE(an_early_answer_ends_the_connection) {
    upstream up([](upstream::connection& c) {
        const auto m = c.in.head();
        c.of.record(m);
        c.peer.send("HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nstop");
        c.peer.receive_all();
    });
    front f(&up);
    const std::string hidden = f.head("GET /hidden HTTP/1.1");
    auto s = f.connect();
    s.send(f.head("PUT /early HTTP/1.1", "Content-Length: 100000\r\n") + "begin");
    reader in(s);
    const auto m = in.response();
    BOOST_TEST(m.status() == 413u);
    BOOST_TEST(m.body == "stop");
    BOOST_TEST(m.field("Connection") == "close");
    s.send(repeated(hidden, 100));
    s.receive_all();
    BOOST_TEST(!s.timed_out());
    BOOST_TEST(up.requests().size() == 1u);
    BOOST_TEST(up.connections() == 1u);
}

// Bytes behind a wish to change the protocol go nowhere: the wish is not passed on, and there is no tunnel.
BOOST_AUTO_TEST_CASE(nothing_is_tunnelled) {
    upstream up;
    front f(&up);
    auto s = f.connect();
    s.send(f.head("GET /chat HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n") + "\x81\x05hello");
    reader in(s);
    BOOST_TEST(in.response().status() == 200u);
    BOOST_TEST(in.response().status() == 400u);  // what follows is read as a request, and is none
    BOOST_TEST_REQUIRE(up.requests().size() == 1u);
    BOOST_TEST(up.requests()[0].count("Upgrade") == 0u);
    BOOST_TEST(up.requests()[0].count("Connection") == 0u);
    const auto connect = tell(f.g.port(),
        "CONNECT acme.test:443 HTTP/1.1\r\nHost: acme.test:443\r\nAuthorization: Bearer " + f.token + "\r\n\r\n" + f.head("GET /hidden HTTP/1.1"));
    BOOST_TEST(connect.answer.status() == 501u);
    BOOST_TEST(connect.closed);
    BOOST_TEST(up.requests().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
