// password_input.hpp - a password from a terminal, unseen, or one line of a pipe.
//
// Never from an argument: arguments are in the process list. Threads: one.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/base/secret.hpp"

#include <istream>
#include <ostream>

namespace tollgate {

// `prompt` is printed where standard input is a terminal. Errors: invalid (an empty line).
result<secret> read_password(std::istream& in, std::ostream& err, const char* prompt);

}  // namespace tollgate
