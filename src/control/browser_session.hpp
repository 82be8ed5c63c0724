// browser_session.hpp - signing in and out from a page of the gateway's own: an operator at the console, a user at an API's portal.
//
// The operations of either; which of the two it is, `use` says. A session of one is none of the other.
// Threads: any blocking one. Errors: problem+json, as management.hpp says.
#pragma once

#include "control/operations.hpp"

#include "tollgate/control/session_book.hpp"

namespace tollgate {

// Name, password and code of the body against the users of the call's API; opens a session and sets its cookie.
operation_answer sign_in_browser(const account_context& with, const operation_call& call, session_use use);
// Ends the session of the call's own cookie.
operation_answer sign_out_browser(const account_context& with, const operation_call& call, session_use use);

// The session of the call's own cookie, and the cookie's text. Errors: not_found, the store's.
struct browser_session {
    session_book::live in;
    std::string_view text;
};
result<browser_session> find_browser_session(const account_context& with, const operation_call& call, session_use use);
// Who is signed in, as a page asks; 401: nobody.
json::object browser_session_view(const session_book::live& in);

}  // namespace tollgate
