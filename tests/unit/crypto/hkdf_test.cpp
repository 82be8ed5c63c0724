#include "tollgate/crypto/hkdf.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(hkdf)

namespace {

std::string run_of(unsigned from, unsigned to) {
    std::string out;
    for (unsigned b = from; b <= to; ++b) out.push_back(static_cast<char>(b));
    return out;
}

std::string as_hex(const std::vector<std::uint8_t>& bytes) {
    std::string out;
    for (const auto b : bytes) out += {"0123456789abcdef"[b >> 4], "0123456789abcdef"[b & 15]};
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(published_vectors) {  // RFC 5869, appendix A.1 to A.3
    const struct {
        std::string key, salt, info;
        std::size_t size;
        const char* expected;
    } rows[] = {
        {std::string(22, '\x0b'), run_of(0x00, 0x0c), run_of(0xf0, 0xf9), 42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        {run_of(0x00, 0x4f), run_of(0x60, 0xaf), run_of(0xb0, 0xff), 82,
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
            "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
        {std::string(22, '\x0b'), "", "", 42, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    };
    for (const auto& r : rows) {
        std::vector<std::uint8_t> out(r.size);
        hkdf_sha256(r.key, r.salt, r.info, out);
        BOOST_TEST(as_hex(out) == r.expected);
    }
}

BOOST_AUTO_TEST_SUITE_END()
