// base64.hpp - bytes as letters: base64url and base32 (RFC 4648 sections 5 and 6), both without padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

std::string base64url(std::span<const std::uint8_t> bytes);
// Nothing: not one (RFC 7636 allows no padding either).
std::optional<std::string> unbase64url(std::string_view text);
// Into `out`, without an allocation: the number of bytes; nothing where `text` is none or does not fit.
std::optional<std::size_t> read_base64url(std::string_view text, std::span<std::uint8_t> out) noexcept;
std::string base32(std::span<const std::uint8_t> bytes);
// Base64 as HTTP Basic has it (RFC 7617): the usual alphabet, padding or none.
std::optional<std::string> unbase64(std::string_view text);

}  // namespace tollgate
