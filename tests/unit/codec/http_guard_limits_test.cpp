// Limits, heads that are not complete yet, what stands behind a head, and the linear cost of slow arrival.
#include "torn_head.hpp"

using namespace tollgate;
using namespace tollgate::testing;

BOOST_AUTO_TEST_SUITE(http_guard_limits)

namespace {

std::string request(std::string_view target, std::string_view fields) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: acme.test\r\n" + std::string(fields) + "\r\n";
}

std::string fields(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += "F" + std::to_string(i) + ": v\r\n";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(at_and_over) {
    const auto plain = request("/", "");
    const auto sized = request("/", "A: " + std::string(200 - plain.size() - 5, 'a') + "\r\n");
    BOOST_REQUIRE(sized.size() == 200);
    struct row {
        const char* what;
        std::string wire;
        head_limits limits;
        head_error why;
    };
    const row rows[] = {
        {"head at its limit", sized, {.head_bytes = 200}, head_error::none},
        {"head a byte over", sized, {.head_bytes = 199}, head_error::too_large},
        {"leading empty lines count", "\r\n" + sized, {.head_bytes = 201}, head_error::too_large},
        {"a head without end", std::string("GET / HTTP/1.1\r\nA: ") + std::string(300, 'a'), {.head_bytes = 200}, head_error::too_large},
        {"fields at their limit", request("/", fields(9)), {.header_count = 10}, head_error::none},
        {"a field over", request("/", fields(10)), {.header_count = 10}, head_error::too_large},
        {"more fields than slots", request("/", fields(300)), {.header_count = 1000}, head_error::too_large},
        {"target at its limit", request("/" + std::string(49, 'a'), ""), {.target_bytes = 50}, head_error::none},
        {"target a byte over", request("/" + std::string(50, 'a'), ""), {.target_bytes = 50}, head_error::target_too_long},
        {"target longer than a head", request("/" + std::string(300, 'a'), ""), {.head_bytes = 200, .target_bytes = 50}, head_error::target_too_long},
        {"target without end", "GET /" + std::string(300, 'a'), {.head_bytes = 200, .target_bytes = 50}, head_error::target_too_long},
        {"a bad byte behind the limit is not looked at", sized.substr(0, 190) + std::string(20, '\x01'), {.head_bytes = 190}, head_error::too_large},
    };
    for (const auto& r : rows) {
        const auto got = read_every_way<request_head>(r.what, r.wire, r.limits);
        BOOST_TEST(to_string(got.why) == to_string(r.why), r.what << ": " << to_string(got.why));
        BOOST_TEST((got.status == (r.why == head_error::none ? head_status::complete : head_status::refused)), r.what);
    }
}

BOOST_AUTO_TEST_CASE(not_complete_yet) {
    const std::string whole = "\r\nPOST /a HTTP/1.1\r\nHost: acme.test\r\nContent-Length: 3\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto got = read_torn<request_head>(whole.substr(0, size), whole.size());
        BOOST_TEST((got.status == head_status::need_more && got.why == head_error::none), "cut at " << size << ": " << to_string(got.why));
    }
    for (const char* wire : {"GET / HTTP/5.6", "GET nonsense ", "GET / HTTP/1.1\r\n A: b", "CONNECT a:1 HTTP/1.1\r\n"})
        BOOST_TEST((read_torn<request_head>(wire, 1).status == head_status::need_more), wire << ": judged before its end");
}

// An attacker's bytes are not waited for once they can mean nothing.
BOOST_AUTO_TEST_CASE(refused_before_complete) {
    const std::pair<const char*, std::size_t> rows[] = {
        {"GET /\nHost", 6},
        {"\x16\x03\x01", 1},
        {"(GET", 1},
        {"GET / HTTP/1.1\r\nA: b\x01more", 21},
        {"GET / HTTP/1.1\rHost", 16},
        {"\r\n\r\n\r\n", 6},
    };
    for (const auto& [wire, seen] : rows) {
        const auto got = read_torn<request_head>(wire, 1);
        BOOST_TEST(
            (got.status == head_status::refused && got.bytes_seen == seen), "refused after " << got.bytes_seen << " bytes instead of " << seen);
    }
}

// The search goes by blocks of sixteen bytes: a fault is seen wherever it lies in one, and across two.
BOOST_AUTO_TEST_CASE(a_bad_byte_anywhere) {
    const auto good = request("/some/path?and=query", "Accept: text/plain\r\nX-Long-Enough-A-Name: value and value\r\nB: c\r\n");
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const char bad : {'\0', '\x01', '\n', '\r', '\x1f', '\x7f'}) {
            auto wire = good;
            if (wire[at] == bad) continue;
            wire[at] = bad;
            for (const std::size_t fragment : {std::size_t{1}, std::size_t{7}, std::size_t{16}, std::size_t{17}, wire.size()}) {
                const auto got = read_torn<request_head>(wire, fragment);
                BOOST_TEST((got.status == head_status::refused && got.why == head_error::bad_syntax), int{bad} << " at " << at << ", " << fragment);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_follows_is_not_touched) {
    const auto first = request("/first", "Content-Length: 4\r\n");
    for (const std::string behind : {"body", "\r\n", "\n\n", "\x01\x02", "GET /second HTTP/1.1\r\n\r\n"}) {
        const auto got = read_torn<request_head>(first + behind, first.size() + behind.size());
        BOOST_TEST((got.status == head_status::complete), to_string(got.why));
        BOOST_TEST((got.meaning.ends_with("\nbytes " + std::to_string(first.size()))), got.meaning);
    }
}

// The head's slots are used again for the next request: nothing of the one before may shine through.
BOOST_AUTO_TEST_CASE(slots_are_used_again) {
    const auto head = std::make_unique<request_head>();
    head_error why{};
    const auto read = [&](const std::string& wire) {
        std::size_t scanned = 0;
        BOOST_TEST((read_request_head(wire, scanned, {}, *head, why) == head_status::complete), to_string(why));
        return meaning_of(*head) + " " + std::to_string(head->field_count);
    };
    const std::string full =
        "POST http://x.test/p?q HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n";
    const std::string bare = "GET / HTTP/1.0\r\n\r\n";
    BOOST_TEST(read(full) == "POST x.test /p?q 1.1 chunked close continue 4");
    BOOST_TEST(read(bare) == "GET  / 1.0 none close 0");
    BOOST_TEST(read(full) == "POST x.test /p?q 1.1 chunked close continue 4");
}

// Bytes that were scanned are not scanned again: the scan starts where it stopped, however the earlier bytes change since.
BOOST_AUTO_TEST_CASE(scanned_bytes_are_not_read_again) {
    auto wire = request("/", "A: " + std::string(1000, 'a'));
    wire.resize(500);
    const auto head = std::make_unique<request_head>();
    std::size_t scanned = 0;
    head_error why{};
    BOOST_TEST((read_request_head(wire, scanned, {}, *head, why) == head_status::need_more));
    BOOST_TEST(scanned == wire.size());
    wire[100] = '\x01';
    wire += "a";
    BOOST_TEST((read_request_head(wire, scanned, {}, *head, why) == head_status::need_more));
    wire += "\x01";
    BOOST_TEST((read_request_head(wire, scanned, {}, *head, why) == head_status::refused));
}

BOOST_AUTO_TEST_CASE(normal_hosts) {
    const std::pair<const char*, const char*> rows[] = {
        {"acme.test", "acme.test"},
        {"ACME.Test:8080", "acme.test"},
        {"acme.test.", "acme.test"},
        {"acme.test.:80", "acme.test"},
        {"acme.test:", "acme.test"},
        {"[::1]:80", "[::1]"},
        {"[FE80::A]", "[fe80::a]"},
        {"10.0.0.1", "10.0.0.1"},
        {".", ""},
        {"", ""},
        {":80", ""},
        {"a b", ""},
        {"a@b", ""},
        {"a/b", ""},
        {"[::1", ""},
    };
    for (const auto& [host, normal] : rows) {
        std::string out(std::string_view(host).size(), '\0');
        std::size_t size = 0;
        const bool ok = normal_host(host, out.data(), size);
        BOOST_TEST(ok == (*normal != '\0'), host);
        if (ok) BOOST_TEST(out.substr(0, size) == normal, host);
    }
}

BOOST_AUTO_TEST_SUITE_END()
