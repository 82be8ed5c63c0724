#include "rules/include_rule.hpp"

#include "tollgate/codec/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tollgate {

namespace {

constexpr std::string_view kName = "include";
constexpr std::size_t kPartBytes = 128;  // a longer resource name is mapped by nobody

// Takes one character from the front of a form-encoded text. A broken escape is NUL, which no name holds.
char take_decoded(std::string_view& text) noexcept {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '+') return ' ';
    if (c != '%') return c;
    if (text.size() < 2 || hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0) return '\0';
    const int value = hex_digit(text[0]) * 16 + hex_digit(text[1]);
    text.remove_prefix(2);
    return static_cast<char>(value);
}

// `include`, and what some server might take for it: leading blanks, an index in brackets, text cut off at NUL.
bool names_include(std::string_view name) noexcept {
    std::array<char, kName.size()> seen{};
    std::size_t size = 0;
    while (!name.empty()) {
        const char c = take_decoded(name);
        if (size == 0 && c == ' ') continue;
        if (size == seen.size()) return std::string_view(seen.data(), size) == kName && (c == '[' || c == '\0');
        seen[size++] = c;
    }
    return std::string_view(seen.data(), size) == kName;
}

class include_check {
 public:
    include_check(const api& of, const route& at, const grant& token) noexcept : api_(of), route_(at), grant_(token) {}

    // `a,b.c`: names separated by commas, parts by dots. An empty name includes nothing; an empty part is no name.
    [[nodiscard]] bool value(std::string_view text) const noexcept {
        std::array<char, kPartBytes> part{};
        std::size_t size = 0;
        bool dotted = false;
        while (true) {
            const char c = text.empty() ? ',' : take_decoded(text);
            const bool last = text.empty();
            if (c != ',' && c != '.') {
                if (size == part.size()) return false;
                part[size++] = c;
                if (!last) continue;
            }
            const bool nothing = size == 0 && c == ',' && !dotted;
            if (!nothing && !this->part({part.data(), size})) return false;
            dotted = c == '.';
            size = 0;
            if (last) return !dotted;
        }
    }

 private:
    [[nodiscard]] bool part(std::string_view name) const noexcept {
        const auto& mapped = route_.include_scopes;
        const auto at = std::find_if(mapped.begin(), mapped.end(), [name](const auto& m) { return m.first == name; });
        if (at == mapped.end()) return false;
        const auto* satisfied_by = api_.satisfying(at->second);
        return satisfied_by != nullptr && (grant_.full_access || grant_.scopes.meets(*satisfied_by));
    }

    const api& api_;
    const route& route_;
    const grant& grant_;
};

}  // namespace

bool includes_allowed(const api& of, const route& at, const grant& token, std::string_view query) noexcept {
    const include_check check(of, at, token);
    while (!query.empty()) {
        const auto end = std::min(query.find_first_of("&;"), query.size());
        const auto parameter = query.substr(0, end);
        const bool semicolon = end < query.size() && query[end] == ';';
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = std::min(parameter.find('='), parameter.size());
        if (!names_include(parameter.substr(0, equals))) continue;
        if (semicolon) return false;  // a separator to some servers, part of the value to others
        if (equals < parameter.size() && !check.value(parameter.substr(equals + 1))) return false;
    }
    return true;
}

}  // namespace tollgate
