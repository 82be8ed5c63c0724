// own_cookies.hpp - the cookies of the gateway's own pages, which hold a session's text.
//
// `__Host-` (RFC 6265bis): of one host alone, and over HTTPS alone. Whoever has the text has the session, so no service behind gets it.
// Pure.
#pragma once

#include <string_view>

namespace tollgate {

inline constexpr std::string_view console_cookie = "__Host-tollgate-console", portal_cookie = "__Host-tollgate-portal";

// Takes the next pair that is none of those off `field`, the value of a Cookie field, as it stands there; empty: that was all.
constexpr std::string_view take_others_cookie(std::string_view& field) noexcept {
    const auto is = [](std::string_view pair, std::string_view name) {
        return pair.starts_with(name) && (pair.size() == name.size() || pair[name.size()] == '=' || pair[name.size()] == ' ');
    };
    while (!field.empty()) {
        const auto semicolon = field.find(';');
        auto pair = field.substr(0, semicolon);
        field.remove_prefix(semicolon == std::string_view::npos ? field.size() : semicolon + 1);
        while (pair.starts_with(' ') || pair.starts_with('\t')) pair.remove_prefix(1);
        if (!pair.empty() && !is(pair, console_cookie) && !is(pair, portal_cookie)) return pair;
    }
    return {};
}

}  // namespace tollgate
