#include "tollgate/rules/credential.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate {

namespace {

constexpr auto kTokenLetters = [] {
    std::array<bool, 256> out{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"))
        out[static_cast<unsigned char>(c)] = true;
    return out;
}();

// RFC 6750 §2.1: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
bool is_b64token(std::string_view text) noexcept {
    const auto end = std::find_if(text.begin(), text.end(), [](char c) { return !kTokenLetters[static_cast<unsigned char>(c)]; });
    return end != text.begin() && std::all_of(end, text.end(), [](char c) { return c == '='; });
}

// What stands behind `<digits>|`; empty: no such form.
std::string_view behind_pipe(std::string_view text) noexcept {
    const auto pipe = text.find('|');
    if (pipe == 0 || pipe == std::string_view::npos) return {};
    const auto number = text.substr(0, pipe);
    if (!std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) return {};
    return text.substr(pipe + 1);
}

bool is_any_of(const std::vector<token_format>& formats, std::string_view text) noexcept {
    return std::any_of(
        formats.begin(), formats.end(), [text](const token_format& f) { return f.read(text).outcome == token_format::reading::kind::match; });
}

credential read_text(std::string_view text, const contract& rules, std::uint32_t environment) noexcept {
    using kind = credential::kind;
    if (text.size() > bounds::secret_bytes) return {kind::junk, {}};
    bool other_environment = false;
    for (const auto& k : rules.kinds) {
        const auto read = k.compiled.read(text);
        if (read.outcome != token_format::reading::kind::match) continue;
        if (read.environment < 0 || static_cast<std::uint32_t>(read.environment) == environment) return {kind::plausible, text};
        other_environment = true;
    }
    if (is_any_of(rules.foreign, text)) return {kind::plausible, text};
    if (rules.oauth.enabled() && text.starts_with(rules.oauth.access_prefix)) return {kind::access_token, text};
    return {other_environment ? kind::other_environment : kind::junk, {}};
}

}  // namespace

credential read_credential(std::size_t headers, std::string_view value, const api& of, std::uint32_t environment) noexcept {
    using kind = credential::kind;
    if (headers == 0) return {kind::missing, {}};
    if (headers > 1) return {kind::malformed, {}};
    const auto scheme = value.substr(0, value.find_first_of(" \t"));
    if (!equal_ignoring_case(scheme, "Bearer")) return {kind::missing, {}};
    const auto blanks = std::min(value.find_first_not_of(' ', scheme.size()), value.size());
    const auto text = value.substr(blanks);
    if (text.empty()) return {kind::missing, {}};
    // Formats hold letters of a b64token only, so that most texts need not be looked at for these.
    if (const auto read = read_text(text, of.rules, environment); read.what != kind::junk || is_b64token(text)) return read;

    const auto& piped = of.rules.foreign_after_pipe;
    const auto rest = piped.empty() ? std::string_view() : behind_pipe(text);
    if (!is_b64token(rest)) return {kind::malformed, {}};
    if (text.size() > bounds::secret_bytes || !is_any_of(piped, rest)) return {kind::junk, {}};
    return {kind::plausible, rest};
}

}  // namespace tollgate
