#include "tollgate/crypto/hmac.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace tollgate {

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) noexcept {
    std::array<std::uint8_t, 32> out{};
    unsigned size = 0;
    const auto* made = HMAC(
        EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
    TOLLGATE_CHECK(made != nullptr && size == out.size());
    return out;
}

hmac_key::hmac_key(std::string_view key) noexcept {
    std::array<char, 64> block{};
    const auto folded = sha256(key);
    if (key.size() > block.size()) std::copy(folded.bytes.begin(), folded.bytes.end(), block.begin());
    else std::copy(key.begin(), key.end(), block.begin());
    std::transform(block.begin(), block.end(), inner_.begin(), [](char c) { return static_cast<char>(c ^ 0x36); });
    std::transform(block.begin(), block.end(), outer_.begin(), [](char c) { return static_cast<char>(c ^ 0x5c); });
    wipe(block.data(), block.size());
}

hmac_key::~hmac_key() {
    wipe(inner_.data(), inner_.size());
    wipe(outer_.data(), outer_.size());
}

digest hmac_key::of(std::string_view prefixed) const noexcept {
    const auto inside = sha256(prefixed);
    std::array<char, 96> whole;
    std::copy(outer_.begin(), outer_.end(), whole.begin());
    std::copy(inside.bytes.begin(), inside.bytes.end(), whole.begin() + outer_.size());
    return sha256({whole.data(), whole.size()});
}

}  // namespace tollgate
