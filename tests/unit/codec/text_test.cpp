#include "tollgate/codec/text.hpp"
#include "tollgate/codec/digest_text.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>
#include <string>

using namespace tollgate;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(hexadecimal) {
    const std::array<std::uint8_t, 4> bytes{0x00, 0x0f, 0xa0, 0xff};
    BOOST_TEST(hex(bytes) == "000fa0ff");
    BOOST_TEST(hex({}) == "");
    BOOST_TEST((unhex("000fA0fF").value() == std::string("\x00\x0f\xa0\xff", 4)));
    for (const char* bad : {"0", "0g", "g0", "0x", " 0", "000"})
        BOOST_TEST((unhex(bad).has_error() && unhex(bad).error().kind == errc::invalid), bad);
}

BOOST_AUTO_TEST_CASE(digests) {
    const auto digits = std::string(62, '0') + "fA";
    BOOST_TEST(parse_digest(digits)->bytes[31] == 0xfau);
    BOOST_TEST(parse_digest(digits)->bytes[30] == 0u);
    for (const auto& bad : {std::string(), std::string(63, '0'), std::string(64, 'g'), std::string(65, '0'), std::string(66, '0')})
        BOOST_TEST(!parse_digest(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(checksum) {
    BOOST_TEST(crc32("") == 0u);
    BOOST_TEST(crc32("123456789") == 0xcbf43926u);
    BOOST_TEST(crc32("The quick brown fox jumps over the lazy dog") == 0x414fa339u);
    BOOST_TEST(crc32(std::string(32, '\xff')) == 0xff6cab0bu);
    // Bit by bit, of every length around the steps it is computed in.
    std::string bytes;
    for (int i = 0; i < 100; ++i) {
        std::uint32_t c = ~0u;
        for (const char b : bytes) {
            c ^= static_cast<unsigned char>(b);
            for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xedb88320u ^ c >> 1 : c >> 1;
        }
        BOOST_TEST(crc32(bytes) == ~c, bytes.size());
        bytes.push_back(static_cast<char>(i * 37 + 11));
    }
}

BOOST_AUTO_TEST_CASE(base62) {
    struct row {
        std::uint64_t value;
        std::size_t digits;
        const char* text;
    };
    const row rows[] = {{0, 6, "000000"}, {9, 1, "9"}, {10, 1, "A"}, {35, 1, "Z"}, {36, 1, "a"}, {61, 1, "z"}, {62, 2, "10"},
        {0xffffffff, 6, "4gfFC3"}, {std::numeric_limits<std::uint64_t>::max(), 11, "LygHa16AHYF"}, {62, 1, "0"}};
    for (const auto& r : rows) {
        std::string out(r.digits, '?');
        write_base62(r.value, out.data(), r.digits);
        BOOST_TEST(out == r.text);
    }
}

BOOST_AUTO_TEST_CASE(durations) {
    const std::pair<const char*, std::chrono::microseconds> rows[] = {
        {"0s", 0us},
        {"250ms", 250ms},
        {"10s", 10s},
        {"5m", 5min},
        {"24h", 24h},
        {"15d", 360h},
        {"1w", 168h},
        {"7us", 7us},
        {"007s", 7s},
    };
    for (const auto& [text, exact] : rows) {
        const auto got = parse_duration(text);
        BOOST_TEST((got && got->exact == exact && got->months == 0 && !got->never), text);
    }
    BOOST_TEST((parse_duration("6mo")->months == 6 && parse_duration("6mo")->exact == 0us));
    BOOST_TEST(parse_duration("2y")->months == 24);
    BOOST_TEST(parse_duration("never")->never);
    for (const char* bad : {"", "10", "s", "-1s", "+1s", "1 s", " 1s", "1s ", "1.5h", "1h30m", "1S", "1month", "Never", "99999999999999999999s",
             "9999999999999d", "12001mo"})
        BOOST_TEST((parse_duration(bad).has_error() && parse_duration(bad).error().what.find("write") != std::string::npos), bad);
}

BOOST_AUTO_TEST_CASE(sizes) {
    const std::pair<const char*, std::uint64_t> rows[] = {
        {"0", 0}, {"100", 100}, {"100B", 100}, {"32KiB", 32768}, {"64MiB", 64ull << 20}, {"1GiB", 1ull << 30}, {"2TiB", 2ull << 40}};
    for (const auto& [text, bytes] : rows) BOOST_TEST((parse_size(text).has_value() && *parse_size(text) == bytes), text);
    for (const char* bad : {"", "KiB", "-1", "1KB", "1kib", "1 MiB", "1.5MiB", "99999999TiB", "0x10"}) BOOST_TEST(parse_size(bad).has_error(), bad);
}

BOOST_AUTO_TEST_CASE(letters) {
    BOOST_TEST(lower('A') == 'a');
    BOOST_TEST(lower('Z') == 'z');
    for (const char c : {'a', '@', '[', '0', '_', '\xc9'}) BOOST_TEST(lower(c) == c);
    BOOST_TEST(equal_ignoring_case("", ""));
    BOOST_TEST(equal_ignoring_case("Content-Type", "cONTENT-tYPE"));
    BOOST_TEST(!equal_ignoring_case("a", "ab"));
    BOOST_TEST(!equal_ignoring_case("[", "{"));
    BOOST_TEST(!equal_ignoring_case("@", "`"));
}

BOOST_AUTO_TEST_SUITE_END()
