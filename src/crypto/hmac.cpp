// The functions below EVP, as in sha256.cpp: EVP_MAC allocates a context for each tag.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tollgate/crypto/hmac.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstring>

namespace tollgate {

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) noexcept {
    std::array<std::uint8_t, 32> out{};
    unsigned size = 0;
    const auto* made = HMAC(
        EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
    TOLLGATE_CHECK(made != nullptr && size == out.size());
    return out;
}

namespace {

constexpr std::size_t kBlock = 64;

// SHA-256 after the key, filled up to a block and mixed with `pad`.
void absorb(std::span<const std::uint8_t> key, std::uint8_t pad, void* out) noexcept {
    std::array<std::uint8_t, kBlock> block{};
    std::memcpy(block.data(), key.data(), key.size());
    for (auto& b : block) b = static_cast<std::uint8_t>(b ^ pad);
    SHA256_CTX state;
    const bool ok = SHA256_Init(&state) == 1 && SHA256_Update(&state, block.data(), block.size()) == 1;
    TOLLGATE_CHECK(ok);
    std::memcpy(out, &state, sizeof state);
    wipe(block.data(), block.size());
    wipe(&state, sizeof state);
}

}  // namespace

hmac_key::hmac_key(std::span<const std::uint8_t> key) noexcept {
    static_assert(sizeof(SHA256_CTX) == state_bytes);
    digest hashed;  // RFC 2104 §2: a key longer than a block
    if (key.size() > kBlock) {
        hashed = sha256({reinterpret_cast<const char*>(key.data()), key.size()});
        key = hashed.bytes;
    }
    absorb(key, 0x36, inner_.bytes.data());
    absorb(key, 0x5c, outer_.bytes.data());
    wipe(hashed.bytes.data(), hashed.bytes.size());
}

hmac_key::~hmac_key() {
    wipe(&inner_, sizeof inner_);
    wipe(&outer_, sizeof outer_);
}

std::array<std::uint8_t, 32> hmac_key::tag(std::string_view text) const noexcept {
    SHA256_CTX state;
    std::array<std::uint8_t, 32> out{};
    std::memcpy(&state, inner_.bytes.data(), sizeof state);
    bool ok = SHA256_Update(&state, text.data(), text.size()) == 1 && SHA256_Final(out.data(), &state) == 1;
    std::memcpy(&state, outer_.bytes.data(), sizeof state);
    ok = ok && SHA256_Update(&state, out.data(), out.size()) == 1 && SHA256_Final(out.data(), &state) == 1;
    TOLLGATE_CHECK(ok);
    return out;
}

bool hmac_key::verifies(std::string_view text, std::span<const std::uint8_t, 32> tag_read) const noexcept {
    const auto own = tag(text);
    return CRYPTO_memcmp(own.data(), tag_read.data(), own.size()) == 0;
}

}  // namespace tollgate
