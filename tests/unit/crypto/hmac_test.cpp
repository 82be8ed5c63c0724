#include "tollgate/crypto/hmac.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(hmac)

BOOST_AUTO_TEST_CASE(a_prepared_key_makes_the_same_tags) {
    for (const std::size_t key_bytes : {1u, 32u, 64u, 65u, 200u})
        for (const std::size_t text_bytes : {0u, 1u, 55u, 64u, 150u, 4096u}) {
            const std::vector<std::uint8_t> key(key_bytes, static_cast<std::uint8_t>(key_bytes));
            const std::string text(text_bytes, 't');
            const hmac_key prepared(key);
            const auto tag = prepared.tag(text);
            BOOST_TEST((tag == hmac_sha256(key, text)), key_bytes << "/" << text_bytes);
            BOOST_TEST(prepared.verifies(text, tag));
            BOOST_TEST(!prepared.verifies(text + "x", tag));
        }
}

BOOST_AUTO_TEST_SUITE_END()
