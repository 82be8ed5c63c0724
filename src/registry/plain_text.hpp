// plain_text.hpp - which texts of callers may become names, header values and parts of messages.
#pragma once

#include <string>
#include <string_view>

namespace tollgate {

// UTF-8 without control characters (C0, DEL, C1) and without surrogates or overlong forms.
bool is_plain_text(std::string_view text) noexcept;

// May stand in a header as it is: printable ASCII, no space at either end. Empty is fine.
bool is_header_text(std::string_view text) noexcept;

// A text of a caller inside a message of ours: at most 64 bytes, anything unprintable as `?`.
std::string printable(std::string_view text);

}  // namespace tollgate
