#include "control/form_fields.hpp"

#include "tollgate/codec/path.hpp"

#include <fmt/format.h>

namespace tollgate {

std::optional<form_fields> read_form(std::string_view text) {
    form_fields out;
    while (!text.empty()) {
        const auto pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        std::string name, value;
        if (!percent_decode(pair.substr(0, equals), true, name)) return std::nullopt;
        if (equals != std::string_view::npos && !percent_decode(pair.substr(equals + 1), true, value)) return std::nullopt;
        if (!out.emplace(std::move(name), std::move(value)).second) return std::nullopt;
    }
    return out;
}

std::string_view field(const form_fields& in, std::string_view name) {
    const auto found = in.find(name);
    return found == in.end() ? std::string_view() : std::string_view(found->second);
}

std::string form_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) out.push_back(c);
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace tollgate
