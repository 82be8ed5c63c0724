#include "control/session_cookie.hpp"

#include <fmt/format.h>

namespace tollgate {

std::string_view cookie_value(std::string_view field, std::string_view name) noexcept {
    std::string_view found;
    while (!field.empty()) {
        const auto semicolon = field.find(';');
        auto pair = field.substr(0, semicolon);
        field.remove_prefix(semicolon == std::string_view::npos ? field.size() : semicolon + 1);
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        if (pair.size() <= name.size() || !pair.starts_with(name) || pair[name.size()] != '=') continue;
        if (!found.empty()) return {};
        found = pair.substr(name.size() + 1);
    }
    return found;
}

std::string set_cookie(std::string_view name, std::string_view value, bool strict) {
    return fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite={}", name, value, strict ? "Strict" : "Lax");
}

std::string clear_cookie(std::string_view name) { return fmt::format("{}=; Path=/; Secure; HttpOnly; Max-Age=0", name); }

}  // namespace tollgate
