// text.hpp - small text codecs: base62, hexadecimal, CRC-32, durations, sizes, case.
#pragma once

#include "tollgate/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

std::string hex(std::span<const std::uint8_t> bytes);
result<std::string> unhex(std::string_view text);
// `text` has twice as many digits as `out` bytes. False: another character is among them; what `out` holds then is undefined.
bool unhex_into(std::span<std::uint8_t> out, std::string_view text) noexcept;
// 0 to 15, in either case; -1: no such digit.
constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char l = static_cast<char>(c | 0x20);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}
// CRC-32 (IEEE 802.3, reflected), as zlib's.
std::uint32_t crc32(std::string_view bytes) noexcept;
// `value` in exactly `digits` base62 digits (0-9A-Za-z), most significant first.
void write_base62(std::uint64_t value, char* out, std::size_t digits) noexcept;

// "24h", "15d", "10s", "250ms", "6mo" (months come back apart), "never".
struct parsed_duration {
    int months = 0;
    std::chrono::microseconds exact{0};
    bool never = false;
};
result<parsed_duration> parse_duration(std::string_view text);
result<std::uint64_t> parse_size(std::string_view text);  // "64MiB", "32KiB", "1GiB", "100"

char lower(char c) noexcept;
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace tollgate
