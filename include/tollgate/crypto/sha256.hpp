// sha256.hpp - SHA-256 of a token's text (C-2), and of several texts.
//
// Threads: any. Does no I/O and no allocation; what it saw of the text is wiped.
#pragma once

#include "tollgate/model/digest.hpp"

#include <initializer_list>
#include <string_view>

namespace tollgate {

digest sha256(std::string_view text) noexcept;
// Of `purpose`, then each part behind its size (u32, most significant byte first): no two lists have the same bytes.
digest sha256_of_parts(std::string_view purpose, std::initializer_list<std::string_view> parts) noexcept;

}  // namespace tollgate
