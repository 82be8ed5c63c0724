// session_cookie.hpp - the cookies that hold a session's text (RFC 6265bis: `__Host-`, so of this host alone and over HTTPS alone).
//
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace tollgate {

inline constexpr std::string_view console_cookie = "__Host-tollgate-console", portal_cookie = "__Host-tollgate-portal";

// The value of the one cookie `name` in a Cookie field; empty: it is not there, or there twice.
std::string_view cookie_value(std::string_view field, std::string_view name) noexcept;
// Of Set-Cookie, until the browser ends; `strict`: not even with a link from another site.
std::string set_cookie(std::string_view name, std::string_view value, bool strict);
std::string clear_cookie(std::string_view name);

}  // namespace tollgate
