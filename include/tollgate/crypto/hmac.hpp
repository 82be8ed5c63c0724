// hmac.hpp - HMAC-SHA-256 (RFC 2104, FIPS 198-1).
//
// Threads: any.
#pragma once

#include "tollgate/model/digest.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tollgate {

// Not for the hot path: OpenSSL's one-shot call costs microseconds, and allocates.
std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) noexcept;

// A key that many texts are authenticated by, on the hot path: no allocation but the caller's buffer.
// Lifetime: wiped at its end.
class hmac_key {
 public:
    // Of at least 32 bytes (RFC 2104 §3).
    explicit hmac_key(std::string_view key) noexcept;
    ~hmac_key();
    hmac_key(const hmac_key&) = delete;
    hmac_key& operator=(const hmac_key&) = delete;
    // What the text has to stand behind in the caller's buffer: 64 bytes.
    [[nodiscard]] std::string_view prefix() const noexcept { return {inner_.data(), inner_.size()}; }
    // `prefixed`: prefix() and the text.
    [[nodiscard]] digest of(std::string_view prefixed) const noexcept;

 private:
    std::array<char, 64> inner_, outer_;
};

}  // namespace tollgate
