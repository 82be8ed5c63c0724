// session_cookie.hpp - reading and setting the cookies that hold a session's text (rules/own_cookies.hpp).
//
// Pure.
#pragma once

#include "tollgate/rules/own_cookies.hpp"

#include <string>
#include <string_view>

namespace tollgate {

// The value of the one cookie `name` in a Cookie field; empty: it is not there, or there twice.
std::string_view cookie_value(std::string_view field, std::string_view name) noexcept;
// Of Set-Cookie, until the browser ends; `strict`: not even with a link from another site.
std::string set_cookie(std::string_view name, std::string_view value, bool strict);
std::string clear_cookie(std::string_view name);

}  // namespace tollgate
