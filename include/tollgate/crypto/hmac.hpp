// hmac.hpp - HMAC-SHA-256 (RFC 2104, FIPS 198-1).
//
// hmac_sha256 is not for the hot path: OpenSSL's one-shot call costs microseconds. An hmac_key has done half of the work before: a tag
// costs the blocks of its text and two more, and no allocation.
// Threads: any; a key is immutable.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tollgate {

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) noexcept;

// Wiped when it ends.
class hmac_key {
 public:
    explicit hmac_key(std::span<const std::uint8_t> key) noexcept;
    hmac_key(const hmac_key&) = default;
    hmac_key& operator=(const hmac_key&) = default;
    ~hmac_key();

    [[nodiscard]] std::array<std::uint8_t, 32> tag(std::string_view text) const noexcept;
    // In the same time whatever differs.
    [[nodiscard]] bool verifies(std::string_view text, std::span<const std::uint8_t, 32> tag) const noexcept;

 private:
    static constexpr std::size_t state_bytes = 112;  // of SHA-256 under way
    struct state {
        alignas(8) std::array<std::uint8_t, state_bytes> bytes;
    };
    state inner_, outer_;
};

}  // namespace tollgate
