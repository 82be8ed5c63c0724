// utf8.hpp - bytes as UTF-8 (RFC 3629: no overlong forms, surrogates, nothing above U+10FFFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

inline constexpr std::uint32_t no_code_point = 0xffff'ffff;

// Takes the code point that `text` begins with, which is not empty; no_code_point, and one byte is taken, where it begins with none.
std::uint32_t take_code_point(std::string_view& text) noexcept;

// Length of the valid prefix; all of `text` where it is UTF-8.
[[nodiscard]] std::size_t valid_utf8(std::string_view text) noexcept;

}  // namespace tollgate
