// hmac.hpp - HMAC-SHA-256 (RFC 2104, FIPS 198-1).
//
// Not for the hot path: OpenSSL's one-shot call costs microseconds. Threads: any.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tollgate {

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) noexcept;

}  // namespace tollgate
