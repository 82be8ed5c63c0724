// audit_lines.hpp - audit events as JSON lines, for the command line and for log collectors. (C-7)
//
// One object a line; `details` (what was, what became) stands inside as an object, not as text. Writing events is the
// registry's affair: they are part of the change that they tell of.
// Threads: a function.
#pragma once

#include "tollgate/model/change.hpp"

#include <span>
#include <string>

namespace tollgate {

// One line for each event, in the order given, each ended by a newline.
std::string audit_lines(std::span<const audit_event> events);

}  // namespace tollgate
