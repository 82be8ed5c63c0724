// Bodies both ways: every framing, byte by byte and large; none; pipelined; HTTP/1.0.
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>

BOOST_AUTO_TEST_SUITE(bodies)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

std::string in_chunks(std::string_view body, std::size_t each) {
    std::string out;
    for (; !body.empty(); body.remove_prefix(std::min(each, body.size()))) {
        const auto part = body.substr(0, each);
        out += fmt::format("{:x}\r\n{}\r\n", part.size(), part);
    }
    return out + "0\r\n\r\n";
}

// Sends in writes of `each` bytes; 0: in one.
void send_in(const socket& s, std::string_view bytes, std::size_t each) {
    if (each == 0) each = bytes.size();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(each, bytes.size()))) s.send(bytes.substr(0, each));
}

enum class framing { none, length, chunked, until_close };

std::string framed(framing how, std::string_view body) {
    switch (how) {
        case framing::none: return "\r\n";
        case framing::length: return fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
        case framing::chunked: return "Transfer-Encoding: chunked\r\n\r\n" + in_chunks(body, 3);
        case framing::until_close: return "\r\n" + std::string(body);
    }
    return {};
}

std::string head_without_end(const front& f, std::string_view line) {
    auto head = f.head(line);
    head.resize(head.size() - 2);
    return head;
}

message ask(const socket& s, reader& in, std::string_view bytes, bool bodiless = false) {
    s.send(bytes);
    return in.response(bodiless);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_framing_arrives_whole) {
    struct row {
        framing up, down;
        std::size_t each;
    };
    std::vector<row> rows;
    for (const auto u : {framing::none, framing::length, framing::chunked})
        for (const auto d : {framing::length, framing::chunked, framing::until_close})
            for (const std::size_t each : {0u, 1u, 7u}) rows.push_back({u, d, each});
    const std::string up_body = "0\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n", down_body = "HTTP/1.1 200 OK\r\n\r\n0\r\n\r\n";
    upstream up([&](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            const auto index = std::stoul(m.start_line.substr(m.start_line.find('/') + 1));
            c.of.record(std::move(m));
            send_in(c.peer, "HTTP/1.1 200 OK\r\n" + framed(rows[index].down, down_body), rows[index].each);
            if (rows[index].down == framing::until_close) return;
        }
    });
    front f(&up);
    auto s = f.connect();
    reader in(s);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST_CONTEXT(
            "up " << static_cast<int>(rows[i].up) << ", down " << static_cast<int>(rows[i].down) << ", " << rows[i].each << " bytes a write") {
            send_in(s, head_without_end(f, fmt::format("POST /{} HTTP/1.1", i)) + framed(rows[i].up, up_body), rows[i].each);
            const auto m = in.response();
            BOOST_TEST(m.complete);
            BOOST_TEST(m.body == down_body);
            BOOST_TEST(m.count("Connection") == 0u);  // the caller's connection lives on, whatever the upstream's does
            BOOST_TEST_REQUIRE(up.requests().size() == i + 1);
            BOOST_TEST(up.requests()[i].body == (rows[i].up == framing::none ? "" : up_body));
        }
    }
}

namespace {

constexpr std::uint64_t large = 20u << 20;

// The n-th of a row of blocks that no compression, repetition or shift goes unseen in.
std::string block(std::uint64_t n) {
    std::string out(65536, '\0');
    std::uint64_t state = n * 0x9e3779b97f4a7c15ull + 1;
    for (std::size_t i = 0; i < out.size(); i += sizeof state) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.replace(i, sizeof state, reinterpret_cast<const char*>(&state), sizeof state);
    }
    return out;
}

struct checksum {
    std::uint64_t value = 0xcbf29ce484222325ull, bytes = 0;
    void add(std::string_view part) {
        for (const char c : part) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
        bytes += part.size();
    }
    friend bool operator==(const checksum&, const checksum&) = default;
};

checksum of_blocks() {
    checksum sum;
    for (std::uint64_t n = 0; sum.bytes < large; ++n) sum.add(block(n));
    return sum;
}

void send_blocks(const socket& s, bool chunked) {
    for (std::uint64_t n = 0; n * 65536 < large; ++n) {
        const bool taken = s.send(chunked ? "10000\r\n" + block(n) + "\r\n" : block(n));
        if (!taken) return;
    }
    if (chunked) s.send("0\r\n\r\n");
}

std::string large_head(bool chunked) { return chunked ? "Transfer-Encoding: chunked\r\n" : fmt::format("Content-Length: {}\r\n", large); }

// Takes exactly `n` bytes as they come and gives them to `to`. False: the stream has ended.
template <class F>
bool take(socket& s, reader& in, std::size_t n, F&& to) {
    while (n != 0) {
        if (in.rest.empty()) in.rest = s.receive();
        if (in.rest.empty()) return false;
        const auto part = std::min(n, in.rest.size());
        to(std::string_view(in.rest).substr(0, part));
        in.rest.erase(0, part);
        n -= part;
    }
    return true;
}

// The size of the next chunk.
std::size_t take_chunk_line(socket& s, reader& in) {
    std::string line;
    while (!line.ends_with("\r\n"))
        if (!take(s, in, 1, [&](std::string_view c) { line += c; })) return 0;
    return std::stoul(line, nullptr, 16);
}

// Reads a body as it comes, keeping nothing.
checksum read_body(socket& s, reader& in, bool chunked) {
    checksum sum;
    const auto add = [&](std::string_view part) { sum.add(part); };
    const auto ignore = [](std::string_view) {};
    if (!chunked) {
        take(s, in, large, add);
        return sum;
    }
    for (;;) {
        const auto size = take_chunk_line(s, in);
        const bool more = take(s, in, size, add) && take(s, in, 2, ignore);
        if (size == 0 || !more) return sum;
    }
}

std::uint64_t resident_bytes() {
    std::uint64_t size = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return resident * 4096;
}

}  // namespace

BOOST_AUTO_TEST_CASE(large_bodies_stream_both_ways) {
    const auto expected = of_blocks();
    checksum arrived;
    upstream up([&](upstream::connection& c) {
        for (;;) {
            const auto m = c.in.head();
            if (!m.complete) return;
            const bool chunked = m.count("Transfer-Encoding") != 0;
            arrived = read_body(c.peer, c.in, chunked);
            c.peer.send("HTTP/1.1 200 OK\r\n" + large_head(chunked) + "\r\n");
            send_blocks(c.peer, chunked);
        }
    });
    front f(&up);
    auto s = f.connect();
    reader in(s);
    f.g.ask("GET", "x", "/warm");
    const auto before = resident_bytes();
    for (const bool chunked : {false, true}) {
        arrived = {};
        s.send(f.head("PUT /large HTTP/1.1", large_head(chunked)));
        send_blocks(s, chunked);
        const auto m = in.head();
        BOOST_TEST(m.status() == 200u);
        BOOST_TEST((read_body(s, in, chunked) == expected), "down, chunked " << chunked);
        BOOST_TEST((arrived == expected), "up, chunked " << chunked);
        BOOST_TEST(in.rest.empty());
    }
#ifndef TOLLGATE_SANITIZED
    BOOST_TEST(resident_bytes() < before + (12u << 20));
#endif
}

BOOST_AUTO_TEST_CASE(answers_without_a_body) {
    upstream up([](upstream::connection& c) {
        for (;;) {
            const auto m = c.in.request();
            if (!m.complete) return;
            if (m.start_line.find("/204") != std::string::npos) c.peer.send("HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n");
            if (m.start_line.find("/304") != std::string::npos) c.peer.send("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 77\r\n\r\n");
            if (m.start_line.find("/head") != std::string::npos) c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n");
            if (m.start_line.find("/open") != std::string::npos) c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        }
    });
    front f(&up, {.threads = 1});
    auto s = f.connect();
    reader in(s);
    const auto none = ask(s, in, f.head("GET /204 HTTP/1.1"));
    BOOST_TEST(none.status() == 204u);
    BOOST_TEST(none.count("Content-Length") + none.count("Transfer-Encoding") == 0u);
    const auto same = ask(s, in, f.head("GET /304 HTTP/1.1"));
    BOOST_TEST(same.status() == 304u);
    BOOST_TEST(same.field("ETag") == "\"e\"");
    const auto head = ask(s, in, f.head("HEAD /head HTTP/1.1"), true);
    BOOST_TEST(head.status() == 200u);
    BOOST_TEST(head.field("Content-Length") == "77");  // what GET would have
    BOOST_TEST(ask(s, in, f.head("HEAD /open HTTP/1.1"), true).status() == 200u);
    BOOST_TEST(ask(s, in, "HEAD /none HTTP/1.1\r\nHost: x\r\n\r\n", true).status() == 401u);  // ours has none either
    BOOST_TEST(ask(s, in, f.head("GET /204 HTTP/1.1")).status() == 204u);
    BOOST_TEST(in.rest.empty());
    BOOST_TEST(up.connections() == 1u);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    upstream up([](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            const auto body = m.start_line + "|" + m.body;
            c.peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
        }
    });
    front f(&up);
    auto s = f.connect();
    reader in(s);
    std::string all;
    for (int i = 0; i < 200; ++i) {
        if (i % 3 == 0) all += f.head(fmt::format("GET /{} HTTP/1.1", i));
        if (i % 3 == 1) all += f.head(fmt::format("POST /{} HTTP/1.1", i), "Content-Length: 4\r\n") + "body";
        if (i % 3 == 2) all += fmt::format("PUT /{} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nunread", i);
    }
    std::thread sender([&] { s.send(all); });
    for (int i = 0; i < 200; ++i) {
        const auto m = in.response();
        if (i % 3 == 0) BOOST_TEST(m.body == fmt::format("GET /{} HTTP/1.1|", i));
        if (i % 3 == 1) BOOST_TEST(m.body == fmt::format("POST /{} HTTP/1.1|body", i));
        if (i % 3 == 2) BOOST_TEST(m.status() == 401u, i);
    }
    sender.join();
}

namespace {

// Once told to, stops whoever serves callers when they have asked for the time some times more, until they may go on.
class stopping_clock final : public tollgate::clock {
 public:
    [[nodiscard]] tollgate::timestamp now() const noexcept override { return real_.now(); }
    [[nodiscard]] tollgate::monotonic ticks() const noexcept override {
        char name[16] = {};
        ::pthread_getname_np(::pthread_self(), name, sizeof name);
        if (std::string_view(name) == "loop 0" && left_.fetch_sub(1) == 1) {
            stands.open();
            go_on.wait();
        }
        return real_.ticks();
    }
    void stop_after(int readings) { left_ = readings; }
    mutable gate stands, go_on;

 private:
    tollgate::system_clock real_;
    mutable std::atomic<int> left_{0};
};

}  // namespace

// Whoever sends hundreds of requests at once holds up the others of its thread by a few of these.
BOOST_AUTO_TEST_CASE(pipelined_requests_let_others_in) {
    if (std::getenv("TOLLGATE_TEST_TLS") != nullptr) return;  // what is sent has to be there at once; a tunnel brings it when it gets to it
    stopping_clock time;
    upstream nobody_asks;
    front f(&nobody_asks, {.threads = 1, .time = &time});
    auto many = f.connect(), one = f.connect();
    reader of_many(many), of_one(one);
    const auto refused = [](const socket& s, reader& in) { return ask(s, in, "GET /met HTTP/1.1\r\nHost: x\r\n\r\n").status() == 401; };
    BOOST_TEST((refused(many, of_many) && refused(one, of_one)));
    std::string all;
    for (int i = 0; i < 200; ++i) all += "GET /many HTTP/1.1\r\nHost: x\r\n\r\n";
    time.stop_after(20);  // amid these
    many.send(all);
    BOOST_TEST_REQUIRE(time.stands.wait());
    one.send("GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
    time.go_on.open();
    for (int i = 0; i < 200; ++i) BOOST_TEST_REQUIRE(of_many.response().status() == 401u);
    BOOST_TEST(of_one.response().status() == 401u);
    const auto log = f.g.access_log();
    const auto other = log.find("/one");
    BOOST_TEST_REQUIRE(other != std::string::npos);
    const auto before = std::ranges::count(log.substr(0, other), '\n');
    BOOST_TEST(before <= 2 + 20 + 8, before << " were served before it");
}

BOOST_AUTO_TEST_CASE(http_1_0) {
    upstream up([](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            const bool chunks = m.start_line.find("/chunks") != std::string::npos;
            c.of.record(std::move(m));
            c.peer.send(chunks ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                               : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
        }
    });
    front f(&up);
    const auto plain = tell(f.g.port(), f.head("GET /a HTTP/1.0") + f.head("GET /behind HTTP/1.0"));
    BOOST_TEST(plain.answer.body == "abc");
    BOOST_TEST(plain.answer.field("Connection") == "close");
    BOOST_TEST((plain.closed && plain.behind.empty()));
    BOOST_TEST(up.requests().size() == 1u);
    BOOST_TEST(up.requests()[0].start_line == "GET /a HTTP/1.1");
    // Kept alive where it asks for that.
    auto s = f.connect();
    reader in(s);
    for (int i = 0; i < 2; ++i) {
        const auto m = ask(s, in, f.head("GET /b HTTP/1.0", "Connection: keep-alive\r\n"));
        BOOST_TEST(m.body == "abc");
        BOOST_TEST(m.field("Connection") == "keep-alive");
    }
    BOOST_TEST(ask(s, in, "GET /b HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n").field("Connection") == "keep-alive");
    // Chunks are taken out: it does not know them, and the end of the connection is the body's.
    const auto open = tell(f.g.port(), f.head("GET /chunks HTTP/1.0", "Connection: keep-alive\r\n"));
    BOOST_TEST(open.answer.body == "abc");
    BOOST_TEST(open.answer.count("Transfer-Encoding") == 0u);
    BOOST_TEST(open.answer.field("Connection") == "close");
}

BOOST_AUTO_TEST_SUITE_END()
