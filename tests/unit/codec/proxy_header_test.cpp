// The PROXY protocol as a table of bytes and meaning, cut at every byte, and bytes that are no such header.
#include "tollgate/codec/proxy_header.hpp"

#include "tollgate/base/bounds.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace tollgate;

namespace {

using status = proxy_header_status;

// "203.0.113.7 of 44 bytes", "own of 15 bytes", "more", "refused". The bytes end where their allocation does.
std::string read(std::string_view bytes) {
    const auto exact = std::make_unique<char[]>(bytes.size());
    bytes.copy(exact.get(), bytes.size());
    proxy_header h;
    const auto s = read_proxy_header({exact.get(), bytes.size()}, h);
    if (s != status::complete) return s == status::refused ? "refused" : "more";
    return (h.source ? h.source->text() : "own") + " of " + std::to_string(h.bytes) + " bytes";
}

std::string binary(unsigned command, unsigned family, const std::string& payload) {
    std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
    out += static_cast<char>(command);
    out += static_cast<char>(family);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
    return out + payload;
}

const std::string kFour("\xcb\x00\x71\x07\x0a\x00\x00\x01\x12\x67\x01\xbb", 12);
const std::string kSix =
    std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x07" + std::string(16, '\0') + std::string("\x12\x67\x01\xbb", 4);

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_header_test)

BOOST_AUTO_TEST_CASE(both_versions) {
    const std::pair<std::string, std::string> rows[] = {
        {"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n", "203.0.113.7"},
        {"PROXY TCP4 203.0.113.7 10.0.0.1 0 65535\r\n", "203.0.113.7"},
        {"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n", "2001:db8::7"},
        {"PROXY UNKNOWN\r\n", "own"},
        {"PROXY UNKNOWN ffff:f whatever\r\n", "own"},
        {binary(0x21, 0x11, kFour), "203.0.113.7"},
        {binary(0x21, 0x21, kSix), "2001:db8::7"},
        {binary(0x21, 0x11, kFour + std::string("\x04\0\x02xx", 5)), "203.0.113.7"},
        {binary(0x21, 0x21, kSix + std::string("\x04\0\0", 3) + std::string("\x20\0\x01y", 4)), "2001:db8::7"},
        {binary(0x21, 0x00, ""), "own"},
        {binary(0x20, 0x00, ""), "own"},
        {binary(0x20, 0x11, kFour), "own"},
    };
    for (const auto& [bytes, who] : rows) {
        const auto whole = who + " of " + std::to_string(bytes.size()) + " bytes";
        BOOST_TEST(read(bytes) == whole);
        BOOST_TEST(read(bytes + "GET / HTTP/1.1\r\n") == whole, "what follows is not looked at");
        for (std::size_t n = 0; n < bytes.size(); ++n) BOOST_TEST(read(bytes.substr(0, n)) == "more", whole << " cut at " << n);
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
    const std::string rows[] = {
        "GET / HTTP/1.1\r\n",
        "G",
        "\r\n\r\n\r",
        "proxy TCP4 203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY  TCP4 203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY TCP4  203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443 \r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443 1\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\rx",
        "PROXY TCP4 203.0.113.7 10.0.0.1 04711 443\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711 65536\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 -1 443\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 +1 443\r\n",
        "PROXY TCP4 010.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY TCP4 ::ffff:203.0.113.7 ::1 4711 443\r\n",
        "PROXY TCP4 2001:db8::7 ::1 4711 443\r\n",
        "PROXY TCP6 203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY UDP4 203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY TCP4\r\n",
        "PROXY \r\n",
        "PROXY \t",
        std::string("PROXY TCP4 203.0.113.7\0 10.0.0.1 4711 443\r\n", 43),
        "PROXY UNKNOWN" + std::string(107, 'x'),
        "PROXY UNKNOWN" + std::string(93, 'x') + "\r\n",
        binary(0x11, 0x11, kFour),
        binary(0x22, 0x11, kFour),
        binary(0x21, 0x12, kFour),
        binary(0x21, 0x31, std::string(216, 'x')),
        binary(0x21, 0x11, kFour.substr(0, 11)),
        binary(0x21, 0x21, kSix.substr(0, 35)),
        binary(0x21, 0x11, kFour + "x"),
        binary(0x21, 0x11, kFour + std::string("\x04\0\x03xx", 5)),
        binary(0x21, 0x11, kFour + std::string(bounds::proxy_header_bytes, '\0')),
    };
    for (const auto& bytes : rows) BOOST_TEST(read(bytes) == "refused", bytes);
    BOOST_TEST(read("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n") == "own of 107 bytes", "the longest line");
}

BOOST_AUTO_TEST_CASE(random_bytes_never_break_the_reader) {
    std::mt19937_64 dice(3);
    const std::string seeds[] = {"PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n", binary(0x21, 0x21, kSix + std::string("\x04\0\x02xx", 5))};
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = seeds[i % 2];
        for (int k = 0; k < 2; ++k) bytes[dice() % bytes.size()] = static_cast<char>(dice());
        if (read(bytes) == "refused") ++refused;
    }
    BOOST_TEST(refused > 1000);
}

BOOST_AUTO_TEST_SUITE_END()
