#include "tollgate/crypto/seal.hpp"

#include "tollgate/crypto/os_random.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(sealing)

namespace {

// Says what it was told to say.
struct fixed_random final : random_source {
    explicit fixed_random(std::string b) : bytes(std::move(b)) {}
    void fill(std::span<std::uint8_t> out) override { std::copy_n(bytes.begin(), out.size(), out.begin()); }
    std::string bytes;
};

constexpr std::string_view digits = "0123456789abcdef";

std::string raw(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) out.push_back(static_cast<char>(digits.find(text[i]) << 4 | digits.find(text[i + 1])));
    return out;
}

std::string as_hex(std::string_view bytes) {
    std::string out;
    for (const auto b : bytes) out += {digits[static_cast<unsigned char>(b) >> 4], digits[b & 15]};
    return out;
}

seal_key key_of(std::string_view text) {
    seal_key out;
    std::ranges::copy(raw(text), out.bytes.begin());
    return out;
}

const std::string zeros(64, '0');
const std::string fe = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

}  // namespace

BOOST_AUTO_TEST_CASE(published_vectors) {  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16
    const struct {
        std::string key, nonce, associated, plain, sealed;
    } rows[] = {
        {zeros, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
        {zeros, "000000000000000000000000", "", "00000000000000000000000000000000",
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
        {fe, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b"},
    };
    for (const auto& r : rows) {
        fixed_random nonce(raw(r.nonce));
        const auto sealed = seal(key_of(r.key), nonce, raw(r.associated), raw(r.plain));
        BOOST_TEST(as_hex(sealed) == r.nonce + r.sealed);
        BOOST_TEST((unseal(key_of(r.key), raw(r.associated), sealed) == raw(r.plain)));
    }
}

BOOST_AUTO_TEST_CASE(whatever_is_changed_does_not_open) {
    os_random random;
    const auto key = key_of(fe);
    const std::string plain = "an answer";
    const auto sealed = seal(key, random, "its claim", plain);
    BOOST_TEST((unseal(key, "its claim", sealed) == plain));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto bent = sealed;
        bent[i] = static_cast<char>(bent[i] ^ 1);
        BOOST_TEST(!unseal(key, "its claim", bent), "byte " << i);
        BOOST_TEST(!unseal(key, "its claim", sealed.substr(0, i)), "cut at " << i);
    }
    BOOST_TEST(!unseal(key, "another claim", sealed));
    BOOST_TEST(!unseal(key_of(zeros), "its claim", sealed));
    BOOST_TEST(seal(key, random, "its claim", plain) != sealed, "a nonce was used twice");
}

BOOST_AUTO_TEST_SUITE_END()
