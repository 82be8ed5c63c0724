// Everything that a caller can make longer, slower or more has a bound, and the bound has an answer. (W-13)
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(wire_limits)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

gateway_options small() {
    return {.threads = 1,
        .more = "limits: { head: 4KiB, headers: 20, target: 1KiB, body: 64KiB }\ntimeouts: { head: 300ms, body_idle: 300ms, keep_alive: 300ms }\n"};
}

std::string fields(std::size_t count, std::string_view value = "v") {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += fmt::format("X-{}: {}\r\n", i, value);
    return out;
}

std::string chunked(std::string_view chunks) { return std::string(chunks) + "0\r\n\r\n"; }

}  // namespace

BOOST_AUTO_TEST_CASE(row_W_13) {
    upstream up;
    front f(&up, small());
    const std::string coded = "Transfer-Encoding: chunked\r\n";
    struct row {
        const char* what;
        std::string bytes;
        unsigned status;
    };
    const row rows[] = {
        {"as many fields as allowed", f.head("GET / HTTP/1.1", fields(18)), 200},
        {"a field more", f.head("GET / HTTP/1.1", fields(19)), 431},
        {"one long field", f.head("GET / HTTP/1.1", "X: " + repeated("v", 5000) + "\r\n"), 431},
        {"long fields", f.head("GET / HTTP/1.1", fields(10, repeated("v", 500))), 431},
        {"a long name", f.head("GET / HTTP/1.1", repeated("n", 5000) + ": v\r\n"), 431},
        {"a head without end", "GET / HTTP/1.1\r\nHost: x\r\nX: " + repeated("v", 9000), 431},
        {"empty lines without end", repeated("\r\n", 4000), 400},
        {"target as long as allowed", f.head("GET /" + repeated("p", 1023) + " HTTP/1.1"), 200},
        {"target a byte longer", f.head("GET /" + repeated("p", 1024) + " HTTP/1.1"), 414},
        {"long query", f.head("GET /?" + repeated("q", 2000) + " HTTP/1.1"), 414},
        {"target longer than a head", f.head("GET /" + repeated("p", 8000) + " HTTP/1.1"), 414},
        {"a long method", f.head(repeated("M", 5000) + " / HTTP/1.1"), 431},
        {"body as long as allowed", f.head("POST / HTTP/1.1", "Content-Length: 65536\r\n") + repeated("b", 65536), 200},
        {"body a byte longer", f.head("POST / HTTP/1.1", "Content-Length: 65537\r\n") + repeated("b", 65537), 413},
        {"a long body promised", f.head("POST / HTTP/1.1", "Content-Length: 9000000000000000000\r\n"), 413},
        {"a long body promised, with a question", f.head("POST / HTTP/1.1", "Content-Length: 70000\r\nExpect: 100-continue\r\n"), 413},
        {"chunks as long as allowed", f.head("POST / HTTP/1.1", coded) + chunked("10000\r\n" + repeated("b", 65536) + "\r\n"), 200},
        {"chunks a byte longer", f.head("POST / HTTP/1.1", coded) + chunked("10001\r\n" + repeated("b", 65537) + "\r\n"), 413},
        {"chunk extension within its line", f.head("POST / HTTP/1.1", coded) + chunked("1;" + repeated("e", 200) + "\r\nb\r\n"), 200},
        {"long chunk extension", f.head("POST / HTTP/1.1", coded) + chunked("1;" + repeated("e", 300) + "\r\nb\r\n"), 400},
        {"trailers within their bound", f.head("POST / HTTP/1.1", coded) + "0\r\n" + repeated("X-T: v\r\n", 100) + "\r\n", 200},
        {"long trailers", f.head("POST / HTTP/1.1", coded) + "0\r\n" + repeated("X-T: " + repeated("v", 91) + "\r\n", 100) + "\r\n", 400},
        {"tiny chunks", f.head("POST / HTTP/1.1", coded) + chunked(repeated("1\r\nb\r\n", 1000)), 200},
        {"tiny chunks without end", f.head("POST / HTTP/1.1", coded) + repeated("1\r\nb\r\n", 6000), 400},
        {"half a head", "GET / HTTP/1.1\r\nHost: x\r\n", 408},
        {"half a body", f.head("POST / HTTP/1.1", "Content-Length: 10\r\n") + "half", 408},
        {"half a chunk", f.head("POST / HTTP/1.1", coded) + "a\r\nhalf", 408},
        {"no body after the question", f.head("POST / HTTP/1.1", "Content-Length: 10\r\nExpect: 100-continue\r\n"), 408},
    };
    std::size_t whole = 0;
    for (const auto& r : rows) {
        auto s = f.connect();
        s.send(r.bytes);
        reader in(s);
        message m;
        do m = in.response();
        while (m.complete && m.status() == 100);
        BOOST_TEST(m.status() == r.status, r.what << ": " << m.start_line);
        whole += r.status == 200 ? 1 : 0;
        BOOST_TEST(up.requests().size() == whole, r.what);
        if (r.status == 200) continue;
        BOOST_TEST(m.field("Connection") == "close", r.what);
        s.receive_all();
        BOOST_TEST(!s.timed_out(), r.what << ": the connection stayed open");
    }
}

// Byte by byte, in time between any two of them, a head still has one deadline.
BOOST_AUTO_TEST_CASE(a_dribbled_head_has_one_deadline) {
    upstream up;
    front f(&up, small());
    auto s = f.connect();
    std::size_t sent = 0;
    const auto bytes = "GET / HTTP/1.1\r\nHost: x\r\nX: " + repeated("v", 2000);
    while (sent < bytes.size() && s.stays_silent(std::chrono::milliseconds(20))) s.send(std::string_view(bytes).substr(sent++, 1));
    BOOST_TEST(sent < bytes.size());
    reader in(s);
    BOOST_TEST(in.response().status() == 408u);
    s.receive_all();
    BOOST_TEST(!s.timed_out());
}

// Without a byte, or between two requests, the connection just ends: nothing was asked.
BOOST_AUTO_TEST_CASE(idle_connections_end_without_a_word) {
    upstream up;
    front f(&up, small());
    auto fresh = f.connect();
    BOOST_TEST(fresh.receive_all().empty());
    BOOST_TEST((!fresh.timed_out() && !fresh.was_reset()));
    auto used = f.connect();
    used.send(f.head("GET / HTTP/1.1"));
    reader in(used);
    BOOST_TEST(in.response().status() == 200u);
    BOOST_TEST((in.rest + used.receive_all()).empty());
    BOOST_TEST((!used.timed_out() && !used.was_reset()));
}

// At the limit the next connection waits in the queue and is served when another ends.
BOOST_AUTO_TEST_CASE(more_connections_than_allowed_wait) {
    upstream up;
    front f(&up, {.threads = 1, .more = "limits: { connections: 4 }\n"});
    std::vector<socket> held;
    for (int i = 0; i < 4; ++i) {
        held.push_back(f.connect());
        held.back().send(f.head("GET / HTTP/1.1"));
        reader in(held.back());
        BOOST_TEST(in.response().status() == 200u);
    }
    auto fifth = f.connect();
    fifth.send(f.head("GET / HTTP/1.1"));
    BOOST_TEST(fifth.stays_silent(std::chrono::milliseconds(300)));
    held.pop_back();
    reader in(fifth);
    BOOST_TEST(in.response().status() == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
