#include "tollgate/crypto/hmac.hpp"

#include "tollgate/base/check.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace tollgate {

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) noexcept {
    std::array<std::uint8_t, 32> out{};
    unsigned size = 0;
    const auto* made = HMAC(
        EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
    TOLLGATE_CHECK(made != nullptr && size == out.size());
    return out;
}

}  // namespace tollgate
