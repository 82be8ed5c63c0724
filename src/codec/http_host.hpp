// http_host.hpp - is this text an authority? (RFC 3986 §3.2.2, RFC 9110 §7.2)
//
// Stricter than the grammar in one point: an http(s) URI has a host, so the empty one is none (RFC 9110 §4.2.1).
// Private to codec. Pure; no allocation.
#pragma once

#include <string_view>

namespace tollgate {

// host [ ":" port ]; no user information.
bool is_host(std::string_view text) noexcept;
// *( unreserved / pct-encoded / sub-delims / ":" )
bool is_user_information(std::string_view text) noexcept;

}  // namespace tollgate
