// redirect_uri.hpp - which texts may be a client's redirect URI. (RFC 6749 section 3.1.2, RFC 8252 section 7, RFC 9700 section 2.1)
//
// https; http of a loopback address, where a program on the user's own machine listens; or a scheme of the program's own, with a
// dot in it. No fragment, no user information, nothing that is not printable ASCII. Pure.
#pragma once

#include <string_view>

namespace tollgate {

// Empty: it may; else what is wrong with it.
std::string_view objection_to_redirect_uri(std::string_view uri) noexcept;

}  // namespace tollgate
