#include "tollgate/crypto/totp.hpp"

#include "tollgate/base/check.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace tollgate {

std::uint64_t totp_step(timestamp at) noexcept { return static_cast<std::uint64_t>(at.us) / 1'000'000 / totp_step_s; }

std::string totp_code(std::string_view secret_bytes, std::uint64_t step, unsigned digits) {
    std::array<unsigned char, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i) counter[i] = static_cast<unsigned char>(step >> (56 - 8 * i));
    std::array<unsigned char, 20> mac{};
    unsigned size = 0;
    const auto* made =
        HMAC(EVP_sha1(), secret_bytes.data(), static_cast<int>(secret_bytes.size()), counter.data(), counter.size(), mac.data(), &size);
    TOLLGATE_CHECK(made != nullptr && size == mac.size());
    const std::size_t at = mac.back() & 0xf;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | mac[at + i];
    value &= 0x7fff'ffff;
    std::string code(digits, '0');
    for (std::size_t i = digits; i > 0; value /= 10) code[--i] = static_cast<char>('0' + value % 10);
    return code;
}

// Every step is looked at, whichever fits.
std::optional<std::uint64_t> totp_match(std::string_view secret_bytes, std::string_view code, timestamp now) {
    constexpr std::size_t digits = 6;
    if (code.size() != digits) return std::nullopt;
    std::optional<std::uint64_t> found;
    const auto here = totp_step(now);
    for (const auto step : {here - 1, here, here + 1})
        if (CRYPTO_memcmp(totp_code(secret_bytes, step).data(), code.data(), digits) == 0) found = step;
    return found;
}

}  // namespace tollgate
