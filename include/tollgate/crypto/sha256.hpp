// sha256.hpp - SHA-256 of a token's text. (C-2)
//
// Threads: any. Does no I/O and no allocation; what it saw of the text is wiped.
#pragma once

#include "tollgate/model/digest.hpp"

#include <string_view>

namespace tollgate {

digest sha256(std::string_view text) noexcept;

}  // namespace tollgate
