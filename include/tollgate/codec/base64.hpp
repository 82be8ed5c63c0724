// base64.hpp - base64 and base64url (RFC 4648 §4, §5).
//
// Reading is strict: no blanks, no other alphabet's letters, and no bits that mean nothing: one value has one text. Threads: functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

// base64url without padding: what may stand in a token.
std::string base64url(std::string_view bytes);
// Into `out`, without an allocation: the number of bytes; nothing where `text` is none or does not fit.
std::optional<std::size_t> read_base64url(std::string_view text, std::span<std::uint8_t> out) noexcept;

// base64 with its padding, as in HTTP's Basic scheme (RFC 7617).
std::optional<std::string> read_base64(std::string_view text);

}  // namespace tollgate
