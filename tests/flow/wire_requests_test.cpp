// What a caller's bytes may mean, and what of them is forwarded. (W-1 to W-5, W-8 to W-11)
#include "support/strict.hpp"
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(wire_requests)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

struct refused_row {
    const char* what;
    std::string bytes;  // behind the request line, Host and token
    std::string body = {};
    const char* line = "POST /orders HTTP/1.1";
};

// Each is answered 400, its connection ends, and the upstream is never even connected to.
template <std::size_t N>
void all_refused(const refused_row (&rows)[N]) {
    upstream up;
    front f(&up);
    for (const auto& r : rows) {
        const auto got = tell(f.g.port(), f.head(r.line, r.bytes) + r.body + f.head("GET /behind HTTP/1.1"));
        BOOST_TEST(got.answer.status() == 400u, r.what << ": " << got.answer.start_line);
        BOOST_TEST(got.answer.field("Connection") == "close", r.what);
        BOOST_TEST(got.closed, r.what);
        BOOST_TEST(got.behind.empty(), r.what);
    }
    BOOST_TEST(up.saw_nothing());
}

std::string with_nul(std::string text) { return std::replace(text.begin(), text.end(), '@', '\0'), text; }

// What the upstream got of one request that is let through.
message forwarded(const front& f, const upstream& up, std::string_view bytes) {
    const auto before = up.requests().size();
    auto s = f.connect();
    s.send(bytes);
    reader in(s);
    const auto m = in.response(bytes.starts_with("HEAD"));
    BOOST_TEST(m.status() == 200u, bytes << m.start_line);
    const auto all = up.requests();
    BOOST_TEST_REQUIRE(all.size() == before + 1);
    return all.back();
}

std::string target_of(const message& m) {
    const auto first = m.start_line.find(' ');
    return m.start_line.substr(first + 1, m.start_line.rfind(' ') - first - 1);
}

}  // namespace

BOOST_AUTO_TEST_CASE(row_W_1) {
    const std::string chunks = "5\r\nhello\r\n0\r\n\r\n";
    const refused_row rows[] = {
        {"length, then coding", "Content-Length: 15\r\nTransfer-Encoding: chunked\r\n", chunks},
        {"coding, then length", "Transfer-Encoding: chunked\r\nContent-Length: 15\r\n", chunks},
        {"length zero and coding", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", chunks},
        {"two equal lengths", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello"},
        {"two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"},
        {"two lengths, other case", "Content-Length: 5\r\ncontent-length: 5\r\n", "hello"},
        {"list of lengths", "Content-Length: 5, 5\r\n", "hello"},
        {"two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks},
        {"second coding identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunks},
        {"list of codings", "Transfer-Encoding: gzip, chunked\r\n", chunks},
        {"chunked twice", "Transfer-Encoding: chunked, chunked\r\n", chunks},
        {"list with an empty element", "Transfer-Encoding: , chunked\r\n", chunks},
        {"identity", "Transfer-Encoding: identity\r\n"},
        {"unknown coding", "Transfer-Encoding: xchunked\r\n", chunks},
        {"coding with a parameter", "Transfer-Encoding: chunked;q=1\r\n", chunks},
        {"quoted coding", "Transfer-Encoding: \"chunked\"\r\n", chunks},
        {"empty coding", "Transfer-Encoding: \r\n", chunks},
        {"coding on HTTP/1.0", "Transfer-Encoding: chunked\r\n", chunks, "POST /orders HTTP/1.0"},
        {"coding and length on HTTP/1.0", "Transfer-Encoding: chunked\r\nContent-Length: 15\r\n", chunks, "POST /orders HTTP/1.0"},
        {"signed length", "Content-Length: +5\r\n", "hello"},
        {"negative length", "Content-Length: -5\r\n", "hello"},
        {"hexadecimal length", "Content-Length: 0x5\r\n", "hello"},
        {"length with a fraction", "Content-Length: 5.0\r\n", "hello"},
        {"empty length", "Content-Length:\r\n", "hello"},
        {"length beyond 64 bits", "Content-Length: 18446744073709551621\r\n", "hello"},
        {"length of a GET in words", "Content-Length: five\r\n", "hello", "GET /orders HTTP/1.1"},
    };
    all_refused(rows);
}

BOOST_AUTO_TEST_CASE(row_W_2) {
    const refused_row rows[] = {
        {"bare LF ends a line", "X-A: 1\nX-B: 2\r\n"},
        {"bare LF in a value", "X-A: 1\n2\r\n"},
        {"bare CR in a value", "X-A: 1\r2\r\n"},
        {"CR CR LF", "X-A: 1\r\r\n"},
        {"NUL in a value", with_nul("X-A: a@b\r\n")},
        {"NUL in a name", with_nul("X-@A: b\r\n")},
        {"backspace", "X-A: \b\r\n"},
        {"escape", "X-A: \x1b[0m\r\n"},
        {"delete", "X-A: \x7f\r\n"},
        {"vertical tab before a coding", "Transfer-Encoding: \vchunked\r\n"},
        {"form feed behind a length", "Content-Length: 0\f\r\n"},
        {"folded with a blank", "X-A: 1\r\n 2\r\n"},
        {"folded with a tab", "X-A: 1\r\n\t2\r\n"},
        {"folded framing", "Transfer-Encoding:\r\n chunked\r\n"},
        {"blank before the colon", "X-A : 1\r\n"},
        {"tab before the colon", "Content-Length\t: 0\r\n"},
        {"no colon", "X-A\r\n"},
        {"no name", ": 1\r\n"},
        {"high byte in a length", "Content-Length: 0\xa0\r\n"},
        {"high byte in a coding",
            "Transfer-Encoding: \x85"
            "chunked\r\n"},
        {"high byte in Connection", "Connection: clos\xe9\r\n"},
        {"high byte in a name", "X-\xc3\xa9: 1\r\n"},
        {"control byte in the target", "", "", "GET /a\x01 HTTP/1.1"},
        {"high byte in the target", "", "", "GET /caf\xc3\xa9 HTTP/1.1"},
        {"tab in the request line", "", "", "GET\t/ HTTP/1.1"},
        {"CR at the request line's end", "", "", "GET / HTTP/1.1\r"},
    };
    all_refused(rows);
}

namespace {
constexpr const char* two_hosts =
    "- { name: shop, hosts: [ shop.test ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n"
    "- { name: rest, hosts: [ \"*\" ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";
}

BOOST_AUTO_TEST_CASE(row_W_3) {
    const refused_row rows[] = {
        {"two hosts", "Host: acme.test\r\n"},
        {"two different hosts", "Host: other.test\r\n"},
        {"second host in other case", "hOST: other.test\r\n"},
    };
    all_refused(rows);

    upstream up;
    gateway g(two_hosts, {}, &up);
    const auto shop = g.create("shop"), rest = g.create("rest");
    const auto ask = [&](std::string_view line, std::string_view hosts, const std::string& token) {
        return tell(g.port(), std::string(line) + "\r\n" + std::string(hosts) + "Authorization: Bearer " + token + "\r\nConnection: close\r\n\r\n")
            .answer.status();
    };
    struct row {
        const char *line, *hosts;
        const std::string* token;
        unsigned status;
        const char *target = "", *host = "";
    };
    const row table[] = {
        {"GET /a HTTP/1.1", "Host: shop.test\r\n", &shop, 200, "/a", "shop.test"},
        {"GET /a HTTP/1.1", "Host: SHOP.test\r\n", &shop, 200, "/a", "SHOP.test"},
        {"GET /a HTTP/1.1", "Host: shop.test:8080\r\n", &shop, 200, "/a", "shop.test:8080"},
        {"GET /a HTTP/1.1", "Host: shop.test.\r\n", &shop, 200, "/a", "shop.test."},
        {"GET /a HTTP/1.1", "Host: shop.test.:8080\r\n", &shop, 200, "/a", "shop.test.:8080"},
        {"GET /a HTTP/1.1", "Host: xshop.test\r\n", &shop, 401},  // the rest's, where it is unknown
        {"GET /a HTTP/1.1", "Host: shop.test.evil\r\n", &shop, 401},
        {"GET /a HTTP/1.1", "Host: any.test\r\n", &rest, 200, "/a", "any.test"},
        {"GET http://shop.test/a?b HTTP/1.1", "Host: any.test\r\n", &shop, 200, "/a?b", "shop.test"},
        {"GET http://any.test/a HTTP/1.1", "Host: shop.test\r\n", &shop, 401},
        {"GET https://shop.test HTTP/1.1", "Host: shop.test\r\n", &shop, 200, "/", "shop.test"},
        {"GET http://shop.test?q HTTP/1.1", "Host: shop.test\r\n", &shop, 200, "/?q", "shop.test"},
        {"GET http://shop.test/ HTTP/1.1", "", &shop, 400},  // the target has one, Host is still demanded
        {"GET /a HTTP/1.1", "", &rest, 400},
        {"GET /a HTTP/1.1", "Host: sh op.test\r\n", &rest, 400},
        {"GET /a HTTP/1.1", "Host: shop.test, any.test\r\n", &rest, 400},
        {"GET /a HTTP/1.1", "Host: me@shop.test\r\n", &rest, 400},
        {"GET /a HTTP/1.1", "Host: shop.test/x\r\n", &rest, 400},
        {"GET /a HTTP/1.1", "Host: shop.test:80:80\r\n", &rest, 400},
        {"GET http:///a HTTP/1.1", "Host: shop.test\r\n", &rest, 400},
        {"GET * HTTP/1.1", "Host: shop.test\r\n", &shop, 400},
        {"GET shop.test HTTP/1.1", "Host: shop.test\r\n", &shop, 400},
        {"GET /a HTTP/1.0", "", &rest, 200, "/a", nullptr},
        {"GET /a HTTP/1.0", "", &shop, 401},
        {"GET /a HTTP/1.0", "Host: shop.test\r\n", &shop, 200, "/a", "shop.test"},
    };
    std::size_t arrived = 0;
    for (const auto& r : table) {
        BOOST_TEST_CONTEXT(r.line << " with " << r.hosts) {
            BOOST_TEST(ask(r.line, r.hosts, *r.token) == r.status);
            arrived += r.status == 200 ? 1 : 0;
            const auto all = up.requests();
            BOOST_TEST_REQUIRE(all.size() == arrived);
            if (r.status != 200) continue;
            BOOST_TEST(target_of(all.back()) == r.target);
            BOOST_TEST(all.back().count("Host") == 1u);
            BOOST_TEST(all.back().field("Host") == (r.host != nullptr ? std::string(r.host) : up.address()));
        }
    }
}

// Without an API for every host, HTTP/1.0 without Host belongs to none.
BOOST_AUTO_TEST_CASE(no_host_and_no_api_for_every_host) {
    upstream up;
    gateway g("- { name: shop, hosts: [ shop.test ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n", {}, &up);
    const auto token = g.create("shop");
    for (const char* host : {"", "Host: other.test\r\n"})
        BOOST_TEST(tell(g.port(), fmt::format("GET / HTTP/1.0\r\n{}Authorization: Bearer {}\r\n\r\n", host, token)).answer.status() == 421u);
    BOOST_TEST(up.saw_nothing());
}

BOOST_AUTO_TEST_CASE(row_W_4) {
    upstream up;
    front f(&up);
    const std::string trailers = "X-Tollgate-Subject: root\r\nAuthorization: Bearer x\r\nContent-Length: 9\r\nX-Sum: 1\r\n";
    const auto m =
        forwarded(f, up, f.head("POST /t HTTP/1.1", "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n") + "3\r\nabc\r\n0\r\n" + trailers + "\r\n");
    BOOST_TEST(m.body == "abc");
    for (const char* name : {"X-Tollgate-Subject", "Authorization", "Content-Length", "X-Sum", "Trailer"}) BOOST_TEST(m.count(name) == 0u, name);
    // A token in a trailer is none.
    const auto bare =
        tell(f.g.port(), "POST /t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer " + f.token + "\r\n\r\n");
    BOOST_TEST(bare.answer.status() == 401u);
    BOOST_TEST(up.requests().size() == 1u);
}

// Trailers of an answer do not come through either.
BOOST_AUTO_TEST_CASE(trailers_of_answers_are_dropped) {
    upstream up([](upstream::connection& c) {
        if (c.in.request().complete) c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nSet-Cookie: a=b\r\n\r\n");
        c.peer.receive();
    });
    front f(&up);
    const auto got = tell(f.g.port(), f.head("GET / HTTP/1.1", "Connection: close\r\n"));
    BOOST_TEST(got.answer.body == "abc");
    BOOST_TEST(got.answer.raw_head.find("Cookie") == std::string::npos);
    BOOST_TEST(got.behind.empty());
}

// The head is written anew: this is all of it, and a second reading finds what the caller meant.
BOOST_AUTO_TEST_CASE(row_W_5) {
    upstream up;
    front f(&up);
    const auto m = forwarded(
        f, up, f.head("PUT http://acme.test:80/%61b%2Fc?x=%61&y HTTP/1.1", "aCCEpt:  text/plain \t\r\nX-Empty:\r\nContent-Length: 0003\r\n") + "abc");
    const auto id = m.field("X-Request-Id");
    BOOST_TEST(id.size() == 32u);
    const auto record = f.g.tokens().find_by_secret(f.token);
    BOOST_TEST_REQUIRE(record.has_value());
    const std::string expected = "PUT /ab%2Fc?x=%61&y HTTP/1.1\r\nHost: acme.test:80\r\naCCEpt: text/plain\r\nX-Empty: \r\nX-Request-Id: " + id +
        "\r\ntraceparent: 00-" + id + "-" + id.substr(16) + "-00\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\n" +
        "Forwarded: for=127.0.0.1;proto=https;host=\"acme.test:80\"\r\nX-Forwarded-Host: acme.test:80\r\nVia: 1.1 tollgate\r\nX-Tollgate-Token-Id: " +
        record->id + "\r\nContent-Length: 3\r\n\r\n";
    BOOST_TEST(m.raw_head == expected);
    const auto again = read_strictly(m.raw_head + m.body);
    BOOST_TEST((again.what == strict_request::outcome::whole));
    BOOST_TEST((again.fields == std::vector<std::pair<std::string, std::string>>{{"accept", "text/plain"}, {"x-empty", ""}}));
    BOOST_TEST(again.body == "abc");
}

BOOST_AUTO_TEST_CASE(row_W_8) {
    upstream up([](upstream::connection& c) {
        while (true) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            c.peer.send(
                "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Inner\r\nX-Inner: 1\r\nKeep-Alive: timeout=1\r\nProxy-Authenticate: Basic\r\nTE: "
                "x\r\nUpgrade: h2c\r\n"
                "Trailer: X\r\nX-Outer: 2\r\nContent-Length: 0\r\n\r\n");
        }
    });
    front f(&up);
    const std::string hop =
        "Connection: keep-alive, X-Mine ,x-more\r\nConnection: X-Third\r\nX-Mine: 1\r\nx-MORE: 2\r\nX-Third: 3\r\nKeep-Alive: "
        "timeout=5\r\nProxy-Connection: close\r\n"
        "Proxy-Authorization: Basic eA==\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nX-Kept: 4\r\n";
    auto s = f.connect();
    s.send(f.head("GET /h HTTP/1.1", hop));
    reader in(s);
    const auto answer = in.response();
    BOOST_TEST_REQUIRE(up.requests().size() == 1u);
    const auto m = up.requests()[0];
    for (const char* name :
        {"Connection", "X-Mine", "X-More", "X-Third", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE", "Upgrade", "HTTP2-Settings"})
        BOOST_TEST(m.count(name) == 0u, name);
    BOOST_TEST(m.field("X-Kept") == "4");
    for (const char* name : {"Connection", "X-Inner", "Keep-Alive", "Proxy-Authenticate", "TE", "Upgrade", "Trailer"})
        BOOST_TEST(answer.count(name) == 0u, name);
    BOOST_TEST(answer.field("X-Outer") == "2");
    // What says who asks, or where the message ends, cannot be named away.
    for (const char* name : {"Authorization", "Host", "Content-Length"})
        BOOST_TEST(
            tell(f.g.port(), f.head("POST /h HTTP/1.1", fmt::format("Content-Length: 0\r\nConnection: {}\r\n", name))).answer.status() == 400u, name);
    const auto named = forwarded(f, up, f.head("GET /h HTTP/1.1", "Connection: X-Tollgate-Token-Id, X-Request-Id, X-Forwarded-For\r\n"));
    for (const char* name : {"X-Tollgate-Token-Id", "X-Request-Id", "X-Forwarded-For"}) BOOST_TEST(named.count(name) == 1u, name);
}

BOOST_AUTO_TEST_CASE(row_W_9) {
    upstream up;
    front f(&up);
    const auto record = f.g.tokens().find_by_secret(f.token);
    BOOST_TEST_REQUIRE(record.has_value());
    const char* const names[] = {"X-Tollgate-Token-Id", "x-tollgate-token-id", "X-TOLLGATE-TOKEN-ID", "X_Tollgate_Token_Id", "X-Tollgate_Token-Id",
        "x_tollgate-subject", "X-Tollgate-Subject", "X-Tollgate-Tenant", "X-Tollgate-Scopes", "X-Tollgate-Actor", "X-Tollgate-Assertion",
        "X-Tollgate-Audience", "X-Tollgate-Environment", "X-Tollgate-Anything-New", "X-Tollgate"};
    for (const char* name : names) {
        const auto m = forwarded(f, up, f.head("GET /w9 HTTP/1.1", fmt::format("{0}: forged\r\n{0}: forged\r\n", name)));
        BOOST_TEST(m.raw_head.find("forged") == std::string::npos, name);
        BOOST_TEST(m.count("X-Tollgate-Token-Id") == 1u, name);
        BOOST_TEST(m.field("X-Tollgate-Token-Id") == record->id, name);
        const auto trailer =
            forwarded(f, up, f.head("POST /w9 HTTP/1.1", "Transfer-Encoding: chunked\r\n") + fmt::format("0\r\n{}: forged\r\n\r\n", name));
        BOOST_TEST(trailer.raw_head.find("forged") == std::string::npos, name);
    }
    for (const char* name : {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via", "X-Request-Id", "x_forwarded_for"}) {
        const auto m = forwarded(f, up, f.head("GET /w9 HTTP/1.1", fmt::format("{}: forged\r\n", name)));
        BOOST_TEST(m.raw_head.find("forged") == std::string::npos, name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
