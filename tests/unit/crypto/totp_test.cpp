#include "tollgate/crypto/totp.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(totp)

namespace {

constexpr std::string_view kSecret = "12345678901234567890";  // RFC 6238 appendix B

timestamp at_second(std::int64_t s) { return {s * 1'000'000}; }

}  // namespace

BOOST_AUTO_TEST_CASE(codes_are_those_of_rfc_6238) {
    const struct {
        std::int64_t second;
        std::string code;
    } rows[] = {{59, "94287082"}, {1111111109, "07081804"}, {1111111111, "14050471"}, {1234567890, "89005924"}, {2000000000, "69279037"},
        {20000000000, "65353130"}};
    for (const auto& r : rows) {
        BOOST_TEST(totp_code(kSecret, totp_step(at_second(r.second)), 8) == r.code);
        BOOST_TEST(totp_code(kSecret, totp_step(at_second(r.second))) == r.code.substr(2));
    }
}

BOOST_AUTO_TEST_CASE(a_code_is_good_for_its_step_and_those_beside_it) {
    const auto now = at_second(1'800'000'015);
    const auto here = totp_step(now);
    for (const std::int64_t away : {-2, -1, 0, 1, 2}) {
        const auto found = totp_match(kSecret, totp_code(kSecret, here + static_cast<std::uint64_t>(away)), now);
        BOOST_TEST(found.has_value() == (away >= -1 && away <= 1), away);
        if (found) BOOST_TEST(*found == here + static_cast<std::uint64_t>(away));
    }
    for (const std::string_view junk : {"", "12345", "1234567", "abcdef", "٣٣٣"}) BOOST_TEST(!totp_match(kSecret, junk, now));
    BOOST_TEST(!totp_match("another secret of 20", totp_code(kSecret, here), now));
}

BOOST_AUTO_TEST_SUITE_END()
