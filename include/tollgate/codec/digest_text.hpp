// digest_text.hpp - the text of a digest: 64 hexadecimal digits, in either case.
#pragma once

#include "tollgate/model/digest.hpp"

#include <optional>
#include <string_view>

namespace tollgate {

// Nothing: it is no such text.
std::optional<digest> parse_digest(std::string_view hexadecimal);

}  // namespace tollgate
