#include "tollgate/control/console_session.hpp"

#include "control/operator_roles.hpp"
#include "control/session_cookie.hpp"

namespace tollgate {

bool has_console_session(std::string_view cookies) noexcept { return !cookie_value(cookies, console_cookie).empty(); }

result<console_standing> find_console_session(session_book& sessions, const api& builtin, std::string_view cookies) {
    const auto text = cookie_value(cookies, console_cookie);
    if (text.empty()) return failure{errc::not_found, "there is no session"};
    auto found = sessions.find(session_use::console, text);
    if (!found) return found.error();
    if (found->who.api != builtin.name) return failure{errc::not_found, "the session is not an operator's"};
    auto scopes = role_scopes(builtin, found->who.role);
    return console_standing{std::move(found->who), std::move(scopes), found->record.assurance};
}

}  // namespace tollgate
