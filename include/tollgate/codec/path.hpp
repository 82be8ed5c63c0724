// path.hpp - the request target's path in the one form that is matched and forwarded. (security row W-10, RFC 3986 §6.2.2)
//
// Unreserved bytes that came percent-encoded are decoded; other escapes stay, with upper-case digits. Refused: `.` and
// `..` segments (in any encoding), backslash (raw or %5C), NUL and control bytes (raw or encoded), bytes >= 0x80,
// broken escapes, double encoding (%25 followed by two hexadecimal digits), and empty segments (`//`).
// `%2F` stays as it is; the route decides. Pure; allocates only where something had to be decoded.
#pragma once

#include <string>
#include <string_view>

namespace tollgate {

struct path_result {
    bool ok = false;
    std::string_view path;  // into `raw`, or into `scratch` where something changed
};

// `raw` begins with '/', has no '?' or '#'.
path_result canonical_path(std::string_view raw, std::string& scratch);

// Percent-decodes for handlers (path parameters, query values). `plus`: '+' is a space (forms). Nothing on broken escapes.
bool percent_decode(std::string_view raw, bool plus, std::string& out);

}  // namespace tollgate
