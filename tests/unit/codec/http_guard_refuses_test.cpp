// What the guard must refuse: each row has two readings somewhere in the world, or none.
#include "torn_head.hpp"

using namespace tollgate;
using namespace tollgate::testing;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(http_guard_refuses)

namespace {

struct row {
    const char* what;
    std::string wire;
    head_error why;
};

// A request whose only fault is among its fields.
std::string with(std::string fields) { return "POST /v1/items HTTP/1.1\r\nHost: acme.test\r\n" + std::move(fields) + "\r\n"; }
std::string line(std::string start) { return std::move(start) + "\r\nHost: acme.test\r\n\r\n"; }
std::string host(std::string value) { return "GET / HTTP/1.1\r\nHost: " + std::move(value) + "\r\n\r\n"; }
std::string target(std::string text) { return line("GET " + std::move(text) + " HTTP/1.1"); }

void check(const std::vector<row>& rows) {
    for (const auto& r : rows) {
        const auto got = read_every_way<request_head>(r.what, r.wire);
        BOOST_TEST((got.status == head_status::refused), r.what << ": not refused: " << got.meaning);
        BOOST_TEST(to_string(got.why) == to_string(r.why), r.what << ": " << to_string(got.why) << " instead of " << to_string(r.why));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(length_and_coding) {
    using enum head_error;
    check({
        {"both, length first", with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"), bad_framing},
        {"both, coding first", with("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), bad_framing},
        {"both, length zero", with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), bad_framing},
        {"both, fields between", with("Content-Length: 4\r\nA: b\r\nC: d\r\nTRANSFER-ENCODING: Chunked\r\n"), bad_framing},
        {"length beside an unknown coding", with("Content-Length: 4\r\nTransfer-Encoding: x\r\n"), bad_framing},
        {"length beside an empty coding", with("Content-Length: 4\r\nTransfer-Encoding:\r\n"), bad_framing},
        {"two equal lengths", with("Content-Length: 4\r\nContent-Length: 4\r\n"), bad_framing},
        {"two lengths", with("Content-Length: 4\r\ncontent-length: 5\r\n"), bad_framing},
        {"equal but for a zero", with("Content-Length: 4\r\nContent-Length: 04\r\n"), bad_framing},
        {"length as a list", with("Content-Length: 4, 4\r\n"), bad_framing},
        {"length as a list with an empty element", with("Content-Length: ,4\r\n"), bad_framing},
        {"length with a trailing comma", with("Content-Length: 4,\r\n"), bad_framing},
        {"length with a plus", with("Content-Length: +4\r\n"), bad_framing},
        {"length below zero", with("Content-Length: -4\r\n"), bad_framing},
        {"length in hexadecimal", with("Content-Length: 0x4\r\n"), bad_framing},
        {"length with an exponent", with("Content-Length: 4e1\r\n"), bad_framing},
        {"length with a fraction", with("Content-Length: 4.0\r\n"), bad_framing},
        {"length with an underscore", with("Content-Length: 1_0\r\n"), bad_framing},
        {"length in quotes", with("Content-Length: \"4\"\r\n"), bad_framing},
        {"length with a blank inside", with("Content-Length: 4 4\r\n"), bad_framing},
        {"length with a tab inside", with("Content-Length: 4\t4\r\n"), bad_framing},
        {"length without a number", with("Content-Length:\r\n"), bad_framing},
        {"length of blanks", with("Content-Length: \t \r\n"), bad_framing},
        {"length of twenty digits", with("Content-Length: 18446744073709551616\r\n"), bad_framing},
        {"length of twenty digits, small", with("Content-Length: 00000000000000000004\r\n"), bad_framing},
        {"length with a parameter", with("Content-Length: 4;x=1\r\n"), bad_framing},
        {"length behind a no-break space",
            with("Content-Length: \xa0"
                 "4\r\n"),
            bad_framing},
        {"length in full-width digits", with("Content-Length: \xef\xbc\x94\r\n"), bad_framing},
        {"coding twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), bad_framing},
        {"coding twice, one unknown", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n"), bad_framing},
        {"coding identity", with("Transfer-Encoding: identity\r\n"), bad_framing},
        {"coding gzip before chunked", with("Transfer-Encoding: gzip, chunked\r\n"), bad_framing},
        {"chunked before another", with("Transfer-Encoding: chunked, gzip\r\n"), bad_framing},
        {"chunked as a list of two", with("Transfer-Encoding: chunked, chunked\r\n"), bad_framing},
        {"chunked behind a comma", with("Transfer-Encoding: , chunked\r\n"), bad_framing},
        {"chunked before a comma", with("Transfer-Encoding: chunked,\r\n"), bad_framing},
        {"chunked with a parameter", with("Transfer-Encoding: chunked;q=1\r\n"), bad_framing},
        {"chunked in quotes", with("Transfer-Encoding: \"chunked\"\r\n"), bad_framing},
        {"chunked in apostrophes", with("Transfer-Encoding: 'chunked'\r\n"), bad_framing},
        {"half of chunked", with("Transfer-Encoding: chunk\r\n"), bad_framing},
        {"more than chunked", with("Transfer-Encoding: xchunked\r\n"), bad_framing},
        {"chunked and a blank and more", with("Transfer-Encoding: chunked x\r\n"), bad_framing},
        {"chunked with a no-break space",
            with("Transfer-Encoding: \xa0"
                 "chunked\r\n"),
            bad_framing},
        {"chunked with a byte order mark",
            with("Transfer-Encoding: \xef\xbb\xbf"
                 "chunked\r\n"),
            bad_framing},
        {"chunked with a long s for its letter",
            with("Transfer-Encoding: chunk\xe1\xb8\x97"
                 "d\r\n"),
            bad_framing},
        {"coding empty", with("Transfer-Encoding:\r\n"), bad_framing},
        {"chunked on HTTP/1.0", "POST / HTTP/1.0\r\nHost: acme.test\r\nTransfer-Encoding: chunked\r\n\r\n", bad_framing},
        {"unknown coding on HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: cow\r\nContent-Length: 2\r\n\r\n", bad_framing},
    });
}

BOOST_AUTO_TEST_CASE(bytes_and_lines) {
    using enum head_error;
    check({
        {"bare LF ends the request line", "GET / HTTP/1.1\nHost: acme.test\r\n\r\n", bad_syntax},
        {"bare LF ends a field", with("A: b\nC: d\r\n"), bad_syntax},
        {"bare LF hides a coding", with("A: b\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n"), bad_syntax},
        {"bare LF as the empty line", "GET / HTTP/1.1\r\nHost: acme.test\r\n\n", bad_syntax},
        {"LF LF as the end", "GET / HTTP/1.1\r\nHost: acme.test\n\n", bad_syntax},
        {"bare CR in a value", with("A: b\rTransfer-Encoding: chunked\r\n"), bad_syntax},
        {"bare CR in a name", with("A\rb: c\r\n"), bad_syntax},
        {"bare CR before the colon", with("Transfer-Encoding\r: chunked\r\n"), bad_syntax},
        {"bare CR behind the colon", with("Transfer-Encoding:\rchunked\r\n"), bad_syntax},
        {"bare CR ends the request line", "GET / HTTP/1.1\rHost: acme.test\r\n\r\n", bad_syntax},
        {"CR CR LF", with("A: b\r\r\n"), bad_syntax},
        {"CR CR LF as the end", "GET / HTTP/1.1\r\nHost: acme.test\r\n\r\r\n", bad_syntax},
        {"NUL in a value", with("A: b\0c\r\n"s), bad_syntax},
        {"NUL in a name", with("A\0b: c\r\n"s), bad_syntax},
        {"NUL behind chunked", with("Transfer-Encoding: chunked\0\r\n"s), bad_syntax},
        {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: acme.test\r\n\r\n"s, bad_syntax},
        {"vertical tab before chunked", with("Transfer-Encoding: \vchunked\r\n"), bad_syntax},
        {"form feed before chunked", with("Transfer-Encoding: \fchunked\r\n"), bad_syntax},
        {"backspace in a value", with("A: b\x08\r\n"), bad_syntax},
        {"escape in a value", with("A: \x1b[2J\r\n"), bad_syntax},
        {"DEL in a value", with("A: \x7f\r\n"), bad_syntax},
        {"DEL in a name", with("A\x7f: b\r\n"), bad_syntax},
        {"fold by a blank", with("A: b\r\n c\r\n"), bad_syntax},
        {"fold by a tab", with("A: b\r\n\tc\r\n"), bad_syntax},
        {"fold hides a coding", with("A: b\r\n Transfer-Encoding: chunked\r\n"), bad_syntax},
        {"coding in the fold", with("Transfer-Encoding:\r\n chunked\r\n"), bad_syntax},
        {"fold of nothing", with("A: b\r\n \r\n"), bad_syntax},
        {"blank before the first name", "GET / HTTP/1.1\r\n Host: acme.test\r\n\r\n", bad_syntax},
        {"blank before the colon", with("Content-Length : 4\r\n"), bad_syntax},
        {"tab before the colon", with("Transfer-Encoding\t: chunked\r\n"), bad_syntax},
        {"blank in a name", with("Content Length: 4\r\n"), bad_syntax},
        {"no name", with(": b\r\n"), bad_syntax},
        {"no colon", with("Content-Length\r\n"), bad_syntax},
        {"no colon and no name", with("=\r\n"), bad_syntax},
        {"name in quotes", with("\"Transfer-Encoding\": chunked\r\n"), bad_syntax},
        {"name in brackets", with("[Transfer-Encoding]: chunked\r\n"), bad_syntax},
        {"name with a slash", with("A/B: c\r\n"), bad_syntax},
        {"name with a high byte", with("Transfer-Encoding\xff: chunked\r\n"), bad_syntax},
        {"name behind a byte order mark",
            with("\xef\xbb\xbf"
                 "Content-Length: 4\r\n"),
            bad_syntax},
        {"three empty lines first", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: acme.test\r\n\r\n", bad_syntax},
        {"bare LF first", "\nGET / HTTP/1.1\r\nHost: acme.test\r\n\r\n", bad_syntax},
        {"blank first", " GET / HTTP/1.1\r\nHost: acme.test\r\n\r\n", bad_syntax},
        {"a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, bad_syntax},
        {"a PROXY line of version 2", "\r\n\r\n\0\r\nQUIT\n"s, bad_syntax},
    });
}

BOOST_AUTO_TEST_CASE(request_line) {
    using enum head_error;
    check({
        {"no version", line("GET /"), bad_syntax},
        {"no target", line("GET HTTP/1.1"), bad_syntax},
        {"empty target", line("GET  HTTP/1.1"), bad_target},
        {"two blanks before the target", line("GET  / HTTP/1.1"), bad_syntax},
        {"two blanks behind the target", line("GET /  HTTP/1.1"), bad_syntax},
        {"a tab for a blank", line("GET\t/ HTTP/1.1"), bad_syntax},
        {"a tab behind the target", line("GET /\tHTTP/1.1"), bad_target},
        {"a blank in the target", line("GET /a b HTTP/1.1"), bad_syntax},
        {"a blank behind the version", line("GET / HTTP/1.1 "), bad_syntax},
        {"version of 1.2", line("GET / HTTP/1.2"), bad_version},
        {"version of letters", line("GET / HTTP/x.1"), bad_syntax},
        {"version with a letter behind the point", line("GET / HTTP/1.x"), bad_syntax},
        {"version of 2.0", line("GET / HTTP/2.0"), bad_version},
        {"version of 0.9", line("GET / HTTP/0.9"), bad_version},
        {"version of two digits", line("GET / HTTP/1.10"), bad_syntax},
        {"version with a zero", line("GET / HTTP/01.1"), bad_syntax},
        {"version in small letters", line("GET / http/1.1"), bad_syntax},
        {"version with a comma", line("GET / HTTP/1,1"), bad_syntax},
        {"version with a sign", line("GET / HTTP/+1.1"), bad_syntax},
        {"version cut short", line("GET / HTTP/1."), bad_syntax},
        {"another protocol", line("GET / ICAP/1.0"), bad_syntax},
        {"version twice", line("GET / HTTP/1.1 HTTP/1.1"), bad_syntax},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bad_version},
        {"a colon in the method", line("GE:T / HTTP/1.1"), bad_syntax},
        {"a slash in the method", line("G/T / HTTP/1.1"), bad_syntax},
        {"a high byte in the method", line("G\xc9T / HTTP/1.1"), bad_syntax},
        {"a quoted method", line("\"GET\" / HTTP/1.1"), bad_syntax},
        {"a tunnel", "CONNECT acme.test:443 HTTP/1.1\r\nHost: acme.test:443\r\n\r\n", bad_method},
        {"a tunnel to a path", line("CONNECT /a HTTP/1.1"), bad_method},
        {"a field for a line", "Host: acme.test\r\n\r\n", bad_syntax},
    });
}

BOOST_AUTO_TEST_CASE(targets) {
    using enum head_error;
    check({
        {"asterisk", line("OPTIONS * HTTP/1.1"), bad_target},
        {"authority alone", target("acme.test:80"), bad_target},
        {"relative", target("a/b"), bad_target},
        {"query alone", target("?a=b"), bad_target},
        {"fragment", target("/a#b"), bad_target},
        {"fragment behind the query", target("/a?b#c"), bad_target},
        {"fragment in absolute-form", target("http://acme.test/#a"), bad_target},
        {"a high byte", target("/caf\xe9"), bad_target},
        {"UTF-8", target("/\xc3\xa9"), bad_target},
        {"a high byte in the query", target("/?a=\xff"), bad_target},
        {"a backslash for the slash", target("\\a"), bad_target},
        {"another scheme", target("ftp://acme.test/"), bad_target},
        {"a web socket's scheme", target("ws://acme.test/"), bad_target},
        {"one slash behind the scheme", target("http:/acme.test/"), bad_target},
        {"no slash behind the scheme", target("http:acme.test"), bad_target},
        {"absolute-form without a host", target("http:///a"), bad_host},
        {"absolute-form, port only", target("http://:80/a"), bad_host},
        {"absolute-form, user only", target("http://user@/a"), bad_host},
        {"absolute-form, two users", target("http://a@b@acme.test/"), bad_host},
        {"absolute-form, a slash turned", target("http://acme.test\\@evil.test/"), bad_target},
        {"absolute-form, port of letters", target("http://acme.test:8o/"), bad_host},
        {"absolute-form, broken escape", target("http://acme%2.test/"), bad_host},
        {"absolute-form without Host", "GET http://acme.test/ HTTP/1.1\r\n\r\n", bad_host},
        {"absolute-form with two Hosts", "GET http://acme.test/ HTTP/1.1\r\nHost: acme.test\r\nHost: acme.test\r\n\r\n", bad_host},
        {"absolute-form beside a bad Host", "GET http://acme.test/ HTTP/1.1\r\nHost: a b\r\n\r\n", bad_host},
    });
}

BOOST_AUTO_TEST_CASE(hosts) {
    using enum head_error;
    check({
        {"none on HTTP/1.1", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", bad_host},
        {"no fields at all", "GET / HTTP/1.1\r\n\r\n", bad_host},
        {"two equal", "GET / HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n", bad_host},
        {"two", "GET / HTTP/1.1\r\nHost: a.test\r\nX: y\r\nhost: b.test\r\n\r\n", bad_host},
        {"two on HTTP/1.0", "GET / HTTP/1.0\r\nHost: a.test\r\nHost: b.test\r\n\r\n", bad_host},
        {"empty", host(""), bad_host},
        {"empty on HTTP/1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n", bad_host},
        {"port only", host(":80"), bad_host},
        {"a blank inside", host("a.test b.test"), bad_host},
        {"a list", host("a.test, b.test b"), bad_host},
        {"a path", host("a.test/b"), bad_host},
        {"a query", host("a.test?b"), bad_host},
        {"a fragment", host("a.test#b"), bad_host},
        {"a user", host("user@a.test"), bad_host},
        {"a backslash", host("a.test\\b"), bad_host},
        {"a scheme", host("http://a.test"), bad_host},
        {"two ports", host("a.test:80:80"), bad_host},
        {"port with a sign", host("a.test:-1"), bad_host},
        {"port with a letter", host("a.test:8o"), bad_host},
        {"a high byte", host("\xe9.test"), bad_host},
        {"broken escape", host("a%zz.test"), bad_host},
        {"escape cut short", host("a.test%4"), bad_host},
        {"IPv6 without brackets", host("::1"), bad_host},
        {"IPv6 without its end", host("[::1"), bad_host},
        {"IPv6 with letters", host("[::g]"), bad_host},
        {"IPv6 with a zone", host("[fe80::1%25eth0]"), bad_host},
        {"IPv6 and more", host("[::1]a"), bad_host},
        {"IPv4 in brackets", host("[127.0.0.1]"), bad_host},
        {"nothing in brackets", host("[]"), bad_host},
        {"future address without its text", host("[v1.]"), bad_host},
        {"future address without a dot", host("[v1abc]"), bad_host},
        {"future address without a version", host("[v.abc]"), bad_host},
        {"future address of no hexadecimal version", host("[vg.abc]"), bad_host},
        {"future address with an escape", host("[v1.a%41]"), bad_host},
        {"future address with a slash", host("[v1.a/b]"), bad_host},
        {"quotes", host("\"a.test\""), bad_host},
        {"angle brackets", host("<a.test>"), bad_host},
    });
}

BOOST_AUTO_TEST_CASE(connection_and_expect) {
    using enum head_error;
    std::string many = "Connection: a0";
    for (int i = 1; i < 40; ++i) many += ", a" + std::to_string(i);
    check({
        {"Connection names Host", with("Connection: host\r\n"), bad_field},
        {"Connection names Authorization", with("Connection: close, AUTHORIZATION\r\nAuthorization: Bearer x\r\n"), bad_field},
        {"Connection names Content-Length", with("Connection: Content-Length\r\nContent-Length: 1\r\n"), bad_field},
        {"Connection names Transfer-Encoding", with("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n"), bad_field},
        {"Connection in the second line names Host", with("Connection: close\r\nConnection: x, host\r\n"), bad_field},
        {"Connection with two words in one option", with("Connection: close x\r\n"), bad_field},
        {"Connection with a parameter", with("Connection: keep-alive; timeout=5\r\n"), bad_field},
        {"Connection in quotes", with("Connection: \"close\"\r\n"), bad_field},
        {"Connection with a high byte", with("Connection: clos\xe9\r\n"), bad_field},
        {"Connection of many options", with(many + "\r\n"), bad_field},
        {"Expect something else", with("Expect: 200-ok\r\n"), unsupported_expectation},
        {"Expect nothing", with("Expect:\r\n"), unsupported_expectation},
        {"Expect with more", with("Expect: 100-continue, x\r\n"), unsupported_expectation},
        {"Expect twice, one of them unknown", with("Expect: 100-continue\r\nExpect: y\r\n"), unsupported_expectation},
    });
}

BOOST_AUTO_TEST_SUITE_END()
