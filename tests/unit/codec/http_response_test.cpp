// Upstream answers: the same strictness as for requests, and the rules for answers without a body. (W-6)
#include "torn_head.hpp"

using namespace tollgate;
using namespace tollgate::testing;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(http_response)

namespace {

std::string answer(std::string start, std::string fields = "") { return "HTTP/1.1 " + std::move(start) + "\r\n" + std::move(fields) + "\r\n"; }

}  // namespace

BOOST_AUTO_TEST_CASE(accepted) {
    struct row {
        const char* what;
        std::string wire;
        std::string meaning;
        bool to_head = false;
    };
    const row rows[] = {
        {"length", answer("200 OK", "Content-Length: 5\r\n"), "200 'OK' 1.1 length 5 keep"},
        {"length zero", answer("200 OK", "Content-Length: 0\r\n"), "200 'OK' 1.1 length 0 keep"},
        {"chunked", answer("200 OK", "Transfer-Encoding: chunked\r\n"), "200 'OK' 1.1 chunked keep"},
        {"until it closes", answer("200 OK"), "200 'OK' 1.1 until_close close"},
        {"until it closes, whatever it says", answer("200 OK", "Connection: keep-alive\r\n"), "200 'OK' 1.1 until_close close"},
        {"reason of several words", answer("404 Not Found At All", "Content-Length: 0\r\n"), "404 'Not Found At All' 1.1 length 0 keep"},
        {"reason empty", answer("200 ", "Content-Length: 0\r\n"), "200 '' 1.1 length 0 keep"},
        {"reason of high bytes", answer("200 \xc9t\xe9", "Content-Length: 0\r\n"), "200 '\xc9t\xe9' 1.1 length 0 keep"},
        {"status without a name", answer("599 X", "Content-Length: 0\r\n"), "599 'X' 1.1 length 0 keep"},
        {"close", answer("200 OK", "Content-Length: 1\r\nConnection: close\r\n"), "200 'OK' 1.1 length 1 close"},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "200 'OK' 1.0 length 1 close"},
        {"HTTP/1.0 that keeps", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n", "200 'OK' 1.0 length 1 keep"},
        {"to HEAD, with a length", answer("200 OK", "Content-Length: 5\r\n"), "200 'OK' 1.1 none keep", true},
        {"to HEAD, chunked", answer("200 OK", "Transfer-Encoding: chunked\r\n"), "200 'OK' 1.1 none keep", true},
        {"to HEAD, without framing", answer("200 OK"), "200 'OK' 1.1 none keep", true},
        {"304 with a length", answer("304 Not Modified", "Content-Length: 5\r\n"), "304 'Not Modified' 1.1 none keep"},
        {"204", answer("204 No Content"), "204 'No Content' 1.1 none keep"},
        {"204 with length zero", answer("204 No Content", "Content-Length: 0\r\n"), "204 'No Content' 1.1 none keep"},
        {"100", answer("100 Continue"), "100 'Continue' 1.1 none keep"},
        {"103", answer("103 Early Hints", "Link: </a>\r\n"), "103 'Early Hints' 1.1 none keep"},
        {"101", answer("101 Switching Protocols", "Connection: upgrade\r\nUpgrade: x\r\n"), "101 'Switching Protocols' 1.1 none keep"},
    };
    for (const auto& r : rows) {
        const auto got = read_every_way<response_head>(r.what, r.wire, {}, r.to_head);
        BOOST_TEST((got.status == head_status::complete), r.what << ": " << to_string(got.why));
        const auto head = got.meaning.substr(0, got.meaning.find('\n'));
        BOOST_TEST(head == r.meaning, r.what << ": " << head);
    }
}

BOOST_AUTO_TEST_CASE(refused) {
    struct row {
        const char* what;
        std::string wire;
        head_error why;
        bool to_head = false;
    };
    using enum head_error;
    const row rows[] = {
        {"length and coding", answer("200 OK", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), bad_framing},
        {"length and coding to HEAD", answer("200 OK", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), bad_framing, true},
        {"two equal lengths", answer("200 OK", "Content-Length: 5\r\nContent-Length: 5\r\n"), bad_framing},
        {"length as a list", answer("200 OK", "Content-Length: 5, 5\r\n"), bad_framing},
        {"length below zero", answer("200 OK", "Content-Length: -5\r\n"), bad_framing},
        {"two codings", answer("200 OK", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), bad_framing},
        {"gzip, chunked", answer("200 OK", "Transfer-Encoding: gzip, chunked\r\n"), bad_framing},
        {"identity", answer("200 OK", "Transfer-Encoding: identity\r\n"), bad_framing},
        {"chunked on HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bad_framing},
        {"204 with a body", answer("204 No Content", "Content-Length: 5\r\n"), bad_framing},
        {"204 chunked", answer("204 No Content", "Transfer-Encoding: chunked\r\n"), bad_framing},
        {"100 with a body", answer("100 Continue", "Content-Length: 5\r\n"), bad_framing},
        {"101 chunked", answer("101 Switching Protocols", "Transfer-Encoding: chunked\r\n"), bad_framing},
        {"no blank behind the version", "HTTP/1.1x200 OKAY\r\n\r\n", bad_syntax},
        {"a name longer than any that is known", answer("200 OK", std::string(60, 'x') + ": 1\r\nContent-Length: 5\r\nContent-Length: 5\r\n"),
            bad_framing},
        {"status of two digits", answer("20 OK"), bad_syntax},
        {"status of four digits", answer("2000 OK"), bad_syntax},
        {"status below 100", answer("099 OK"), bad_syntax},
        {"status above 599", answer("600 OK"), bad_syntax},
        {"status of letters", answer("2x0 OK"), bad_syntax},
        {"status with a sign", answer("+20 OK"), bad_syntax},
        {"no blank behind the status", answer("200"), bad_syntax},
        {"two blanks before the status", answer(" 200 OK"), bad_syntax},
        {"tab before the reason", answer("200\tOK"), bad_syntax},
        {"NUL in the reason", answer("200 O\0K"s), bad_syntax},
        {"bare CR in the reason", answer("200 O\rK"), bad_syntax},
        {"version of 2", "HTTP/2.0 200 OK\r\n\r\n", bad_version},
        {"version of 1.2", "HTTP/1.2 200 OK\r\n\r\n", bad_version},
        {"another protocol", "ICY 200 OK\r\n\r\n", bad_syntax},
        {"an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", bad_syntax},
        {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", bad_syntax},
        {"fold", answer("200 OK", "A: b\r\n c\r\n"), bad_syntax},
        {"blank before the colon", answer("200 OK", "Content-Length : 5\r\n"), bad_syntax},
        {"control byte in a value", answer("200 OK", "Set-Cookie: a=\x01\r\n"), bad_syntax},
        {"Connection names the length", answer("200 OK", "Connection: content-length\r\nContent-Length: 5\r\n"), bad_field},
    };
    for (const auto& r : rows) {
        const auto got = read_every_way<response_head>(r.what, r.wire, {}, r.to_head);
        BOOST_TEST((got.status == head_status::refused), r.what << ": " << got.meaning);
        BOOST_TEST(to_string(got.why) == to_string(r.why), r.what << ": " << to_string(got.why));
    }
}

BOOST_AUTO_TEST_CASE(hop_by_hop_is_dropped) {
    const auto got = read_every_way<response_head>("hop by hop",
        answer("200 OK", "Content-Length: 0\r\nConnection: x-own\r\nX-Own: 1\r\nKeep-Alive: 2\r\nX-Tollgate-Subject: 3\r\nServer: s\r\nDate: d\r\n"));
    BOOST_TEST((got.meaning.find("\nkept Content-Length=0;Server=s;Date=d;\n") != std::string::npos), got.meaning);
}

BOOST_AUTO_TEST_CASE(limits) {
    const auto wire = answer("200 OK", "Content-Length: 0\r\nA: b\r\n");
    BOOST_TEST((read_every_way<response_head>("fits", wire, {.head_bytes = wire.size(), .header_count = 2}).status == head_status::complete));
    BOOST_TEST((read_every_way<response_head>("too large", wire, {.head_bytes = wire.size() - 1}).why == head_error::too_large));
    BOOST_TEST((read_every_way<response_head>("too many", wire, {.header_count = 1}).why == head_error::too_large));
    BOOST_TEST((read_every_way<response_head>("endless", "HTTP/1.1 200 " + std::string(100, 'a'), {.head_bytes = 64}).why == head_error::too_large));
}

BOOST_AUTO_TEST_SUITE_END()
