// console_session.hpp - what a console session may do: the operator behind its cookie, and the scopes of the operator's role. (C-14)
//
// Threads: any blocking one. Errors: not_found (no such session, or its user is no operator), and the stores'.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/control/session_book.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct console_standing {
    user who;
    std::vector<std::string> scopes;
    std::uint32_t assurance = 1;
};

// `cookies`: the value of the Cookie field.
result<console_standing> find_console_session(session_book& sessions, const api& builtin, std::string_view cookies);
// Whether it may hold one: a look at the text, so that calls without one cost nothing.
bool has_console_session(std::string_view cookies) noexcept;

}  // namespace tollgate
