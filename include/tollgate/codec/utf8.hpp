// utf8.hpp - whether bytes are UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace tollgate {

// Length of the valid prefix (RFC 3629: no overlong forms, surrogates, nothing above U+10FFFF); all of `text` where it is UTF-8.
[[nodiscard]] std::size_t valid_utf8(std::string_view text) noexcept;

}  // namespace tollgate
