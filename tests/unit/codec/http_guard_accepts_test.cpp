// What the guard must let pass, and what it then means.
#include "torn_head.hpp"

using namespace tollgate;
using namespace tollgate::testing;

BOOST_AUTO_TEST_SUITE(http_guard_accepts)

namespace {

struct row {
    const char* what;
    std::string wire;
    std::string meaning;       // see meaning_of
    std::string dropped = "";  // see fields_text
};

std::string get(std::string fields) { return "GET /a HTTP/1.1\r\nHost: acme.test\r\n" + std::move(fields) + "\r\n"; }
std::string target(std::string text) { return "GET " + std::move(text) + " HTTP/1.1\r\nHost: acme.test\r\n\r\n"; }
std::string host(std::string value) { return "GET / HTTP/1.1\r\nHost:" + std::move(value) + "\r\n\r\n"; }

void check(const std::vector<row>& rows) {
    for (const auto& r : rows) {
        const auto got = read_every_way<request_head>(r.what, r.wire);
        BOOST_TEST((got.status == head_status::complete), r.what << ": " << to_string(got.why));
        const auto head = got.meaning.substr(0, got.meaning.find('\n'));
        BOOST_TEST(head == r.meaning, r.what << ": '" << head << "' instead of '" << r.meaning << "'");
        const auto dropped = "\ndropped " + r.dropped + "\n";
        BOOST_TEST((got.meaning.find(dropped) != std::string::npos), r.what << ": " << got.meaning);
        BOOST_TEST((got.meaning.ends_with("\nbytes " + std::to_string(r.wire.size()))), r.what << ": " << got.meaning);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(start_lines) {
    check({
        {"plain", target("/"), "GET acme.test / 1.1 none keep"},
        {"query", target("/a?b=c"), "GET acme.test /a?b=c 1.1 none keep"},
        {"empty query", target("/a?"), "GET acme.test /a? 1.1 none keep"},
        {"two question marks", target("/a?b?c"), "GET acme.test /a?b?c 1.1 none keep"},
        {"punctuation in the query", target("/a?b=|{}\"<>^`\\"), "GET acme.test /a?b=|{}\"<>^`\\ 1.1 none keep"},
        {"escapes are left for the path's rule", target("/%2e%2E/"), "GET acme.test /%2e%2E/ 1.1 none keep"},
        {"method of another protocol", "MKCALENDAR /c HTTP/1.1\r\nHost: acme.test\r\n\r\n", "MKCALENDAR acme.test /c 1.1 none keep"},
        {"method of punctuation", "!#$%&'*+-.^_`|~9 / HTTP/1.1\r\nHost: acme.test\r\n\r\n", "!#$%&'*+-.^_`|~9 acme.test / 1.1 none keep"},
        {"small letters are another method", "connect / HTTP/1.1\r\nHost: acme.test\r\n\r\n", "connect acme.test / 1.1 none keep"},
        {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: acme.test\r\n\r\n", "GET acme.test / 1.0 none close"},
        {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET  / 1.0 none close"},
        {"one empty line first", "\r\n" + target("/"), "GET acme.test / 1.1 none keep"},
        {"two empty lines first", "\r\n\r\n" + target("/"), "GET acme.test / 1.1 none keep"},
    });
}

BOOST_AUTO_TEST_CASE(absolute_form) {
    check({
        {"wins over Host", target("http://other.test/a?b"), "GET other.test /a?b 1.1 none keep"},
        {"scheme in capitals", target("HTTPS://other.test/"), "GET other.test / 1.1 none keep"},
        {"no path", target("http://other.test"), "GET other.test / 1.1 none keep"},
        {"no path but a query", target("http://other.test?a=/b"), "GET other.test /?a=/b 1.1 none keep"},
        {"port", target("http://other.test:8080/"), "GET other.test:8080 / 1.1 none keep"},
        {"user information is not the host", target("http://acme.test:x%40@other.test:1/"), "GET other.test:1 / 1.1 none keep"},
        {"an @ in the path", target("http://other.test/@acme.test"), "GET other.test /@acme.test 1.1 none keep"},
        {"HTTP/1.0 without Host", "GET http://other.test/ HTTP/1.0\r\n\r\n", "GET other.test / 1.0 none close"},
    });
}

BOOST_AUTO_TEST_CASE(hosts) {
    check({
        {"no blank", host("acme.test"), "GET acme.test / 1.1 none keep"},
        {"blanks and tabs around", host(" \t acme.test \t"), "GET acme.test / 1.1 none keep"},
        {"port", host(" acme.test:80"), "GET acme.test:80 / 1.1 none keep"},
        {"empty port", host(" acme.test:"), "GET acme.test: / 1.1 none keep"},
        {"capitals", host(" ACME.Test."), "GET ACME.Test. / 1.1 none keep"},
        {"IPv4", host(" 127.0.0.1:8080"), "GET 127.0.0.1:8080 / 1.1 none keep"},
        {"IPv6", host(" [::1]:8080"), "GET [::1]:8080 / 1.1 none keep"},
        {"IPv6 that holds IPv4", host(" [::ffff:10.0.0.1]"), "GET [::ffff:10.0.0.1] / 1.1 none keep"},
        {"address of the future", host(" [v7.a:b]"), "GET [v7.a:b] / 1.1 none keep"},
        {"sub-delimiters and escapes are registered names", host(" a_b=c%20!"), "GET a_b=c%20! / 1.1 none keep"},
    });
}

BOOST_AUTO_TEST_CASE(framing) {
    check({
        {"length", get("Content-Length: 12\r\n"), "GET acme.test /a 1.1 length 12 keep"},
        {"length zero", get("Content-Length: 0\r\n"), "GET acme.test /a 1.1 length 0 keep"},
        {"leading zeros", get("Content-Length: 0012\r\n"), "GET acme.test /a 1.1 length 12 keep"},
        {"nineteen digits", get("Content-Length: 9999999999999999999\r\n"), "GET acme.test /a 1.1 length 9999999999999999999 keep"},
        {"length on HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", "POST  / 1.0 length 5 close"},
        {"chunked", get("Transfer-Encoding: chunked\r\n"), "GET acme.test /a 1.1 chunked keep", "Transfer-Encoding=chunked;"},
        {"chunked in any case", get("tRANSFER-eNCODING:\tcHUNKED \r\n"), "GET acme.test /a 1.1 chunked keep", "tRANSFER-eNCODING=cHUNKED;"},
        {"a name that only looks like it", get("Transfer.Encoding: chunked\r\n"), "GET acme.test /a 1.1 none keep"},
        {"content coding is no transfer coding", get("Content-Encoding: chunked\r\nContent-Length: 3\r\n"), "GET acme.test /a 1.1 length 3 keep"},
        {"a value that only looks like a field", get("X: Transfer-Encoding: chunked\r\n"), "GET acme.test /a 1.1 none keep"},
    });
}

BOOST_AUTO_TEST_CASE(connection_and_expect) {
    check({
        {"close", get("Connection: close\r\n"), "GET acme.test /a 1.1 none close", "Connection=close;"},
        {"close among others", get("Connection: x-a,, CLOSE\r\nX-A: 1\r\nX-B: 2\r\n"), "GET acme.test /a 1.1 none close",
            "Connection=x-a,, CLOSE;X-A=1;"},
        {"close in the second line", get("Connection: keep-alive\r\nconnection: close\r\n"), "GET acme.test /a 1.1 none close",
            "Connection=keep-alive;connection=close;"},
        {"nothing", get("Connection:\r\n"), "GET acme.test /a 1.1 none keep", "Connection=;"},
        {"1.0 that keeps", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET  / 1.0 none keep", "Connection=Keep-Alive;"},
        {"1.0 that says both", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET  / 1.0 none close", "Connection=keep-alive, close;"},
        {"Proxy-Connection says nothing", get("Proxy-Connection: close\r\n"), "GET acme.test /a 1.1 none keep", "Proxy-Connection=close;"},
        {"a named field before it", get("X-Trace: 1\r\nConnection: x-trace\r\n"), "GET acme.test /a 1.1 none keep", "X-Trace=1;Connection=x-trace;"},
        {"a known field is named", get("Connection: X-Forwarded-For\r\nX-Forwarded-For: 10.0.0.1\r\n"), "GET acme.test /a 1.1 none keep",
            "Connection=X-Forwarded-For;X-Forwarded-For=10.0.0.1;"},
        {"continue", get("Expect: 100-Continue\r\nContent-Length: 1\r\n"), "GET acme.test /a 1.1 length 1 keep continue"},
        {"an expectation on 1.0 is nothing", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nExpect: x\r\n\r\n", "POST  / 1.0 none close"},
    });
}

BOOST_AUTO_TEST_CASE(never_forwarded) {
    check({
        {"hop by hop",
            get("TE: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\nKeep-Alive: 5\r\nHTTP2-Settings: AA\r\nProxy-Authorization: x\r\nProxy-Authenticate: "
                "y\r\n"),
            "GET acme.test /a 1.1 none keep",
            "TE=trailers;Trailer=X;Upgrade=h2c;Keep-Alive=5;HTTP2-Settings=AA;Proxy-Authorization=x;Proxy-Authenticate=y;"},
        {"method overrides", get("X-HTTP-Method: PUT\r\nx-http-method-override: PUT\r\nX-Method-Override: PUT\r\nX_HTTP_Method_Override: PUT\r\n"),
            "GET acme.test /a 1.1 none keep", "X-HTTP-Method=PUT;x-http-method-override=PUT;X-Method-Override=PUT;X_HTTP_Method_Override=PUT;"},
        {"identity in any spelling", get("X-Tollgate-Subject: a\r\nx_tollgate_subject: b\r\nX-TOLLGATE_Scopes: c\r\nX_Tollgate-Anything-New: d\r\n"),
            "GET acme.test /a 1.1 none keep", "X-Tollgate-Subject=a;x_tollgate_subject=b;X-TOLLGATE_Scopes=c;X_Tollgate-Anything-New=d;"},
        {"look-alikes", get("Content_Length: 5\r\nTransfer_Encoding: chunked\r\nX_Forwarded_For: 1\r\nX-Forwarded_Host: b\r\n"),
            "GET acme.test /a 1.1 none keep", "Content_Length=5;Transfer_Encoding=chunked;X_Forwarded_For=1;X-Forwarded_Host=b;"},
        {"others with underscores pass", get("X_My_Own: 1\r\n_: 2\r\n"), "GET acme.test /a 1.1 none keep"},
        {"a name that only begins alike", get("X-Tollgat: 1\r\nHosts: 2\r\nTEa: 3\r\n"), "GET acme.test /a 1.1 none keep"},
    });
}

BOOST_AUTO_TEST_CASE(values) {
    const auto got =
        read_every_way<request_head>("values", get("A:\r\nB: \t \r\nC:  c \tc\t \r\nD: caf\xe9 \xff\r\nE: \"q\", (x); y=z\r\nF: a:b:c\r\n"));
    BOOST_TEST((got.status == head_status::complete), to_string(got.why));
    BOOST_TEST(
        (got.meaning.find("\nkept Host=acme.test;A=;B=;C=c \tc;D=caf\xe9 \xff;E=\"q\", (x); y=z;F=a:b:c;\n") != std::string::npos), got.meaning);
}

BOOST_AUTO_TEST_CASE(names_are_known_in_any_case) {
    const std::pair<const char*, field_name> rows[] = {
        {"Accept", field_name::accept},
        {"ACCESS-CONTROL-REQUEST-HEADERS", field_name::access_control_request_headers},
        {"access-control-request-method", field_name::access_control_request_method},
        {"Authorization", field_name::authorization},
        {"Connection", field_name::connection},
        {"Content-Type", field_name::content_type},
        {"Date", field_name::date},
        {"Forwarded", field_name::forwarded},
        {"Keep-Alive", field_name::keep_alive},
        {"Max-Forwards", field_name::max_forwards},
        {"Origin", field_name::origin},
        {"Proxy-Authenticate", field_name::proxy_authenticate},
        {"Proxy-Authorization", field_name::proxy_authorization},
        {"Proxy-Connection", field_name::proxy_connection},
        {"Server", field_name::server},
        {"TE", field_name::te},
        {"Trailer", field_name::trailer},
        {"Upgrade", field_name::upgrade},
        {"Via", field_name::via},
        {"X-Forwarded-For", field_name::x_forwarded_for},
        {"X-Forwarded-Host", field_name::x_forwarded_host},
        {"X-Forwarded-Proto", field_name::x_forwarded_proto},
        {"X-HTTP-Method", field_name::x_http_method},
        {"X-HTTP-Method-Override", field_name::x_http_method_override},
        {"X-Method-Override", field_name::x_method_override},
        {"X-Request-ID", field_name::x_request_id},
        {"traceparent", field_name::traceparent},
        {"TraceState", field_name::tracestate},
        {"HTTP2-Settings", field_name::http2_settings},
        {"X-Tollgate-Token", field_name::x_tollgate},
        {"X_Tollgate_Token", field_name::x_tollgate},
        {"Authorizatio", field_name::other},
        {"Authorizations", field_name::other},
        {"X-Request_ID", field_name::other},
    };
    const auto head = std::make_unique<request_head>();
    for (const auto& [name, id] : rows) {
        const auto wire = get(std::string(name) + ": x\r\n");
        std::size_t scanned = 0;
        head_error why{};
        BOOST_TEST((read_request_head(wire, scanned, {}, *head, why) == head_status::complete), name << ": " << to_string(why));
        BOOST_TEST((head->field_count == 2 && head->fields[1].id == id), name);
        BOOST_TEST((id == field_name::other || (head->find(id) == &head->fields[1] && head->count(id) == 1)), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
