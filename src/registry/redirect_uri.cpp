#include "redirect_uri.hpp"

#include "tollgate/base/bounds.hpp"

#include <algorithm>

namespace tollgate {
namespace {

bool is_scheme_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+'; }

// Of `host:port/…`: what stands before the path.
std::string_view authority_of(std::string_view rest) noexcept { return rest.substr(0, rest.find_first_of("/?")); }

std::string_view host_of(std::string_view authority) noexcept {
    if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.rfind(':'));
}

bool is_loopback(std::string_view host) noexcept { return host == "127.0.0.1" || host == "[::1]" || host == "localhost"; }

}  // namespace

std::string_view objection_to_redirect_uri(std::string_view uri) noexcept {
    if (uri.size() > bounds::redirect_uri_bytes) return "is too long";
    if (!std::ranges::all_of(uri, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\'; }))
        return "must be printable ASCII, percent-encoded where it is not";
    if (uri.find('#') != std::string_view::npos) return "must have no fragment";
    const auto colon = uri.find(':');
    if (colon == std::string_view::npos || colon == 0) return "must be absolute, such as https://app.example/callback";
    const auto scheme = uri.substr(0, colon);
    if (!std::ranges::all_of(scheme, is_scheme_letter)) return "has a scheme that is none; write it in lower case";
    const auto rest = uri.substr(colon + 1);
    if (scheme != "https" && scheme != "http")
        return scheme.find('.') != std::string_view::npos ? "" : "a scheme of a program's own must have a dot in it, such as com.example.app";
    const auto authority = rest.starts_with("//") ? authority_of(rest.substr(2)) : std::string_view();
    if (authority.find('@') != std::string_view::npos) return "must have no user information";
    const auto host = host_of(authority);
    if (host.empty()) return "has no host";
    if (scheme == "http" && !is_loopback(host)) return "must be https, unless its host is 127.0.0.1, [::1] or localhost";
    return "";
}

}  // namespace tollgate
