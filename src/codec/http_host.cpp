#include "http_host.hpp"

#include "http_bytes.hpp"

#include "tollgate/codec/http_guard.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/model/ip_address.hpp"

namespace tollgate {
namespace {

// Where the host ends and ":port" or nothing begins; npos: not an authority's shape.
std::size_t end_of_host(std::string_view text) noexcept {
    if (!text.starts_with('[')) return text.substr(0, text.find(':')).size();
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return bracket;
    const auto end = bracket + 1;
    return end == text.size() || text[end] == ':' ? end : std::string_view::npos;
}

bool is_registered_name(std::string_view text, bool colons) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_byte(text[i], name_byte) || (colons && text[i] == ':')) continue;
        if (text[i] != '%' || text.size() - i < 3 || !all_bytes(text.substr(i + 1, 2), hex_byte)) return false;
        i += 2;
    }
    return true;
}

bool is_bracketed(std::string_view inside) noexcept {
    if (inside.find(':') != std::string_view::npos && ip_address::parse(inside)) return true;
    if (inside.size() < 4 || lower(inside[0]) != 'v') return false;  // IPvFuture
    const auto dot = inside.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == inside.size()) return false;
    return all_bytes(inside.substr(1, dot - 1), hex_byte) && inside.find('%') == std::string_view::npos &&
        is_registered_name(inside.substr(dot + 1), true);
}

}  // namespace

bool is_user_information(std::string_view text) noexcept { return is_registered_name(text, true); }

bool is_host(std::string_view text) noexcept {
    const auto end = end_of_host(text);
    if (end == std::string_view::npos || end == 0) return false;
    const auto port = text.substr(end);
    if (!port.empty() && !all_bytes(port.substr(1), digit_byte)) return false;
    const auto host = text.substr(0, end);
    if (host[0] == '[') return is_bracketed(host.substr(1, host.size() - 2));
    return is_registered_name(host, false);
}

bool normal_host(std::string_view host, char* out, std::size_t& out_size) noexcept {
    if (!is_host(host)) return false;
    host = host.substr(0, end_of_host(host));
    if (host.ends_with('.')) host.remove_suffix(1);
    for (std::size_t i = 0; i < host.size(); ++i) out[i] = lower(host[i]);
    out_size = host.size();
    return out_size != 0;
}

}  // namespace tollgate
