// Requests and answers under TLS: records of every size, ends that are said and ends that are not, slow readers, other people's programs.
// The wire's rows run once more by TLS in flow_*_by_tls.
#include "flow/tls.hpp"

#include <array>
#include <cstdio>
#include <memory>

namespace tollgate::test {
namespace {

std::string body_of(std::string_view answer) {
    const auto at = answer.find("\r\n\r\n");
    return at == std::string_view::npos ? std::string() : std::string(answer.substr(at + 4));
}

// What a shell prints for `command`.
std::string shell(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> out(::popen((command + " 2>&1").c_str(), "r"), &::pclose);
    std::string text;
    std::array<char, 4096> part;
    while (const auto n = std::fread(part.data(), 1, part.size(), out.get())) text.append(part.data(), n);
    return text;
}

upstream::script sends(std::string bytes) {
    return [bytes = std::move(bytes)](upstream::connection& c) {
        auto m = c.in.request();
        if (!m.complete) return;
        c.of.record(std::move(m));
        c.peer.send(bytes);
    };
}

// What a caller sends goes on in so many bytes at a time; what it is answered, as it comes.
upstream::script carries_in_pieces(std::uint16_t to, std::size_t piece) {
    return [to, piece](upstream::connection& c) {
        auto far = socket::connect(to);
        for (;;) {
            pollfd both[2] = {{c.peer.descriptor(), POLLIN, 0}, {far.descriptor(), POLLIN, 0}};
            if (::poll(both, 2, static_cast<int>(kPatience.count())) <= 0) return;
            if (both[1].revents != 0) {
                const auto back = far.receive();
                if (back.empty() || !c.peer.send(back)) return;
                continue;
            }
            const auto part = c.peer.receive();
            if (part.empty()) return;
            for (std::size_t at = 0; at < part.size(); at += piece) far.send(std::string_view(part).substr(at, piece));
        }
    };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_streams)

// W-12, with records in the place of segments: cut at every byte, and in records of every size.
BOOST_AUTO_TEST_CASE(row_W_12_by_records) {
    upstream up;
    const tls_front f(up, {.threads = 1});
    const std::string request = f.head("POST /things?a=b HTTP/1.1", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    auto c = f.call();
    const auto answered = [&] { return status_of(c.receive()) == 200u; };
    std::size_t asked = 0;
    for (std::size_t size = 1; size <= request.size(); ++size, ++asked) {
        for (std::size_t at = 0; at < request.size(); at += size) c.send(std::string_view(request).substr(at, size));
        BOOST_TEST_REQUIRE(answered(), "in records of " << size);
    }
    for (std::size_t cut = 1; cut < request.size(); ++cut, ++asked) {
        c.send(std::string_view(request).substr(0, cut));
        c.send(std::string_view(request).substr(cut));
        BOOST_TEST_REQUIRE(answered(), "cut at " << cut);
    }
    const auto seen = up.requests();
    BOOST_TEST(seen.size() == asked);
    for (const auto& m : seen)
        BOOST_TEST((m.start_line == seen[0].start_line && m.body == "hello world" && m.fields.size() == seen[0].fields.size()));
}

// The connection's bytes themselves come in pieces, handshake and all.
BOOST_AUTO_TEST_CASE(records_come_in_pieces) {
    const upstream up;
    const tls_front f(up, {.threads = 1});
    for (const std::size_t piece : {1u, 3u, 5u, 200u}) {
        const upstream between(carries_in_pieces(f.g.listener_port(), piece));
        for (const int version : {12, 13}) {
            tls_caller c(between.port(), {.server_name = "acme.test", .authorities = tls_front::ca().certificate(), .version = version});
            BOOST_TEST_REQUIRE(c.is_open(), c.error());
            c.send(f.head("POST / HTTP/1.1", "Content-Length: 2000\r\nConnection: close\r\n") + std::string(2000, 'b'));
            BOOST_TEST(status_of(c.receive_all()) == 200u, "in pieces of " << piece);
            BOOST_TEST(c.ended_properly());
        }
    }
    BOOST_TEST(up.requests().size() == 8u);
    for (const auto& m : up.requests()) BOOST_TEST(m.body == std::string(2000, 'b'));
}

BOOST_AUTO_TEST_CASE(curl_and_s_client_are_served) {
    upstream up;
    const tls_front f(up);
    const auto url = fmt::format("https://acme.test:{}/things", f.g.listener_port());
    const auto curl = fmt::format("curl -sS --max-time 20 --cacert {} --resolve acme.test:{}:127.0.0.1 -H 'Authorization: Bearer {}'",
        f.g.dir.file("ca.pem"), f.g.listener_port(), f.token);
    BOOST_TEST(shell(curl + " " + url + " " + url + " " + url) == "{\"ok\":true}{\"ok\":true}{\"ok\":true}");
    BOOST_TEST(shell(curl + " --tls-max 1.2 --data-binary @" + f.g.dir.write("body", std::string(3'000'000, 'b')) + " " + url) == "{\"ok\":true}");
    BOOST_TEST(up.requests().back().body.size() == 3'000'000u);
    BOOST_TEST(has(shell("curl -sS --max-time 20 " + url.substr(0, 8) + "127.0.0.1:" + std::to_string(f.g.listener_port())), "certificate"));
    const auto s_client = [&](const std::string& more) {
        return shell(fmt::format("echo Q | openssl s_client -connect 127.0.0.1:{} -servername acme.test -CAfile {} {}", f.g.listener_port(),
            f.g.dir.file("ca.pem"), more));
    };
    BOOST_TEST(has(s_client("-tls1_3"), "Verify return code: 0 (ok)"));
    BOOST_TEST(has(s_client("-tls1_2"), "Secure Renegotiation IS supported"));
    BOOST_TEST(has(s_client("-tls1_2"), "Compression: NONE"));
    BOOST_TEST(has(s_client("-tls1_2 -reconnect"), "Reused, TLSv1.2"));
    BOOST_TEST(!has(s_client("-tls1_1 -cipher DEFAULT@SECLEVEL=0"), "BEGIN CERTIFICATE"));
}

// Only an end that was said by close_notify is one.
BOOST_AUTO_TEST_CASE(a_cut_answer_never_looks_whole) {
    struct row {
        const char* what;
        std::string bytes;
        bool whole;
    };
    const row rows[] = {
        {"by length, whole", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", true},
        {"until the end, whole", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", true},
        {"by length, cut", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", false},
        {"chunked, cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false},
    };
    for (const auto& r : rows)
        for (const char* const version : {"1.0", "1.1"}) {
            upstream up(sends(r.bytes));
            const tls_front f(up);
            auto c = f.call();
            c.send(f.head(std::string("GET / HTTP/") + version, "Connection: close\r\n"));
            const auto answer = c.receive_all();
            BOOST_TEST(has(answer, "hello"), r.what);
            BOOST_TEST(c.ended_properly() == r.whole, r.what << ", HTTP/" << version);
            BOOST_TEST(!c.timed_out());
        }
}

// A body whose end nobody said does not go on as if it were whole: whoever cuts a connection must not shorten what was meant.
BOOST_AUTO_TEST_CASE(a_cut_request_never_looks_whole) {
    gate gone;
    upstream up([&](upstream::connection& c) {
        auto m = c.in.request();
        if (m.complete) c.of.record(std::move(m));
        else gone.open();
    });
    const tls_front f(up);
    for (const std::string_view framing : {"Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"}) {
        auto c = f.call();
        c.send(f.head("POST / HTTP/1.1", framing) + (framing.starts_with("C") ? "12345" : "5\r\n12345\r\n"));
        c.wire().half_close();  // the connection's end, without TLS's
        c.receive_all();
        BOOST_TEST(!c.timed_out());
    }
    BOOST_TEST(gone.wait());
    BOOST_TEST(up.requests().empty());
}

BOOST_AUTO_TEST_CASE(whoever_has_said_the_end_is_still_answered) {
    gate ended;
    upstream up([&](upstream::connection& c) {
        if (!c.in.request().complete || !ended.wait()) return;
        c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    });
    const tls_front f(up);
    auto c = f.call();
    c.send(f.head("POST / HTTP/1.1", "Content-Length: 3\r\n") + "abc");
    c.close_notify();
    ended.open();
    BOOST_TEST(body_of(c.receive_all()) == "hello");
    BOOST_TEST(c.ended_properly());
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_ended_with_a_word) {
    const upstream up;
    const tls_front f(up, {.more = "timeouts: { keep_alive: 200ms }\n"});
    auto c = f.call();
    c.send(f.head("GET / HTTP/1.1"));
    BOOST_TEST(status_of(c.receive()) == 200u);
    BOOST_TEST(c.receive().empty());
    BOOST_TEST(c.ended_properly());
    auto drained = f.call();
    f.g.running->drain();
    BOOST_TEST(drained.receive().empty());
    BOOST_TEST(drained.ended_properly());
}

BOOST_AUTO_TEST_CASE(a_slow_reader_holds_little) {
    constexpr std::size_t all = 64 << 20;
    std::atomic<std::size_t> taken{0};
    gate begun;
    upstream up([&](upstream::connection& c) {
        if (!c.in.request().complete) return;
        c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(all) + "\r\n\r\n");
        const std::string part(64 * 1024, 'p');
        for (std::size_t sent = 0; sent < all; sent += part.size(), taken = sent) {
            if (sent == part.size() * 16) begun.open();
            if (!c.peer.send(part)) return;
        }
        taken = all;
    });
    const tls_front f(up, {.more = "timeouts: { response_idle: 1h }\n"});
    auto c = f.call();
    c.send(f.head("GET / HTTP/1.1", "Connection: close\r\n"));
    BOOST_TEST(begun.wait());
    // It stands still when the kernel's buffers and one window are full.
    std::size_t before = 0;
    BOOST_TEST(eventually([&] {
        const auto now = taken.load();
        const bool still = now == before;
        before = now;
        return still && now > 0 && ::poll(nullptr, 0, 100) == 0 && taken == now;
    }));
    BOOST_TEST(taken < all / 2);
    std::size_t got = 0;
    bool same = true, in_body = false;
    for (;;) {
        auto part = c.receive();
        if (part.empty()) break;
        if (!std::exchange(in_body, true)) part = body_of(part);
        got += part.size();
        same = same && part.find_first_not_of('p') == std::string::npos;
    }
    BOOST_TEST(got == all, got << " " << c.error() << (c.timed_out() ? "timed out" : ""));
    BOOST_TEST(same);
    BOOST_TEST(c.ended_properly());
}

// Large bodies both ways at once, while keys change under them.
BOOST_AUTO_TEST_CASE(keys_change_under_an_exchange) {
    upstream up([](upstream::connection& c) {
        const auto head = c.in.head();
        c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        std::string seen = c.in.rest;
        while (!has(seen, "0\r\n\r\n")) {
            c.peer.send("5\r\nhello\r\n");
            const auto part = c.peer.receive();
            if (part.empty()) return;
            seen = seen.substr(seen.size() - std::min<std::size_t>(seen.size(), 8)) + part;
        }
        c.peer.send("0\r\n\r\n");
    });
    const tls_front f(up);
    auto c = f.call({.server_name = "acme.test", .version = 13});
    c.send(f.head("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\nConnection: close\r\n"));
    const std::string part(20'000, 'k');
    std::string answer;
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST_REQUIRE(c.send("4e20\r\n" + part + "\r\n"));
        BOOST_TEST(c.update_keys());
        answer += c.receive(std::chrono::milliseconds(0));
    }
    c.send("0\r\n\r\n");
    answer += c.receive_all();
    BOOST_TEST(has(answer, "hello"));
    BOOST_TEST(answer.ends_with("0\r\n\r\n"));
    BOOST_TEST(c.ended_properly());
}

// Several requests in one record, and bytes behind one that was refused.
BOOST_AUTO_TEST_CASE(row_W_7_by_records) {
    upstream up;
    const tls_front f(up);
    auto c = f.call();
    const auto one = f.head("GET / HTTP/1.1"), last = f.head("GET /last HTTP/1.1", "Connection: close\r\n");
    c.send(one + one + last);
    const auto answers = c.receive_all();
    std::size_t count = 0;
    for (auto at = answers.find("HTTP/1.1 200"); at != std::string::npos; at = answers.find("HTTP/1.1 200", at + 1)) ++count;
    BOOST_TEST(count == 3u);
    BOOST_TEST(up.requests().size() == 3u);
    auto bad = f.call();
    bad.send(f.head("POST / HTTP/1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + one);
    const auto refused = bad.receive_all();
    BOOST_TEST(status_of(refused) == 400u);
    BOOST_TEST(refused.find("HTTP/1.1", 1) == std::string::npos);
    BOOST_TEST(bad.ended_properly());
    BOOST_TEST(up.requests().size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
