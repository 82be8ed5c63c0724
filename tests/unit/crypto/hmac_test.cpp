#include "tollgate/crypto/hmac.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(hmac)

namespace {

std::string as_hex(const std::array<std::uint8_t, 32>& bytes) {
    std::string out;
    for (const auto b : bytes) out += {"0123456789abcdef"[b >> 4], "0123456789abcdef"[b & 15]};
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(published_vectors) {  // RFC 4231, 4.2, 4.3, 4.7 and 4.8; the short keys are for hmac_sha256 alone
    const struct {
        std::string key, text;
        const char* expected;
    } rows[] = {
        {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {std::string(131, '\xaa'),
            "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by "
            "the "
            "HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (const auto& r : rows) {
        BOOST_TEST(as_hex(hmac_sha256({reinterpret_cast<const std::uint8_t*>(r.key.data()), r.key.size()}, r.text)) == r.expected);
        const hmac_key key(r.key);
        BOOST_TEST(as_hex(key.of(std::string(key.prefix()) + r.text).bytes) == r.expected);
    }
}

BOOST_AUTO_TEST_SUITE_END()
