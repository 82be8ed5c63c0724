// change_details.hpp - `{"before":…,"after":…}` of what happens to a token, for its audit event: what differs, and nothing else. (C-7)
//
// Generations are told by number, hint and end; digests and secrets never.
#pragma once

#include "tollgate/model/token.hpp"

#include <string>

namespace tollgate {

std::string details_of_creation(const token& made);
std::string details_of_change(const token& was, const token& becomes);

}  // namespace tollgate
