#include "store/crc32c.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <numeric>
#include <random>
#include <string>

namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t before, const char* bytes, std::size_t count);
}

using tollgate::crc32c;

namespace {

std::uint32_t of(const std::string& bytes) { return crc32c(0, bytes.data(), bytes.size()); }

// By its polynomial, bit by bit.
std::uint32_t slowly(std::uint32_t before, std::string_view bytes) {
    auto state = ~before;
    for (const char c : bytes) {
        state ^= static_cast<unsigned char>(c);
        for (int i = 0; i < 8; ++i) state = (state & 1) != 0 ? state >> 1 ^ 0x82F63B78U : state >> 1;
    }
    return ~state;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crc32c_test)

BOOST_AUTO_TEST_CASE(rfc_3720_b4) {
    std::string up(32, '\0');
    std::iota(up.begin(), up.end(), '\0');
    BOOST_TEST(of(std::string(32, '\0')) == 0x8A9136AAU);
    BOOST_TEST(of(std::string(32, '\xff')) == 0x62A8AB43U);
    BOOST_TEST(of(up) == 0x46DD794EU);
    BOOST_TEST(of({up.rbegin(), up.rend()}) == 0x113FDB5CU);
    BOOST_TEST(of("123456789") == 0xE3069283U);
    BOOST_TEST(of("") == 0U);
}

BOOST_AUTO_TEST_CASE(of_every_length_from_every_place_and_in_two_parts) {
    std::mt19937 random(1);
    std::string bytes(300, '\0');
    for (auto& b : bytes) b = static_cast<char>(random());
    for (std::size_t from = 0; from < 9; ++from)
        for (std::size_t count = 0; count < 70; ++count) {
            const auto expected = slowly(0, std::string_view(bytes).substr(from, count));
            const auto begun = crc32c(0, bytes.data() + from, count / 3);
            BOOST_TEST(crc32c(0, bytes.data() + from, count) == expected);
            BOOST_TEST(crc32c(begun, bytes.data() + from + count / 3, count - count / 3) == expected);
            BOOST_TEST(rocksdb::crc32c::Extend(0, bytes.data() + from, count) == expected);
        }
    BOOST_TEST(crc32c(0x12345678U, bytes.data(), bytes.size()) == slowly(0x12345678U, bytes));
}

BOOST_AUTO_TEST_SUITE_END()
