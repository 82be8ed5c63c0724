// http_bytes.hpp - the byte classes of HTTP/1.1 (RFC 9110 §5.6, RFC 3986 §2).
//
// Private to codec. Pure; no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tollgate {

enum byte_class : std::uint8_t {
    token_byte = 1,   // tchar
    target_byte = 2,  // what a request target may hold: visible ASCII but '#'
    name_byte = 4,    // of a registered name: unreserved and sub-delims
    digit_byte = 8,
    hex_byte = 16,
    control_byte = 32,  // never in a head but as CRLF: controls but HTAB, and DEL
    plain_path_byte = 64,  // target bytes but '?', '%' and '\\'
};

constexpr std::array<std::uint8_t, 256> make_byte_classes() {
    std::array<std::uint8_t, 256> table{};
    const auto mark = [&](std::string_view bytes, int bits) {
        for (const char c : bytes) table[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(table[static_cast<unsigned char>(c)] | bits);
    };
    mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", token_byte | name_byte);
    mark("!#$%&'*+-.^_`|~", token_byte);
    mark("-._~!$&'()*+,;=", name_byte);
    mark("0123456789", digit_byte | hex_byte);
    mark("abcdefABCDEF", hex_byte);
    for (std::size_t c = 0x21; c < 0x7f; ++c)
        if (c != '#') table[c] |= c == '?' || c == '%' || c == '\\' ? target_byte : target_byte | plain_path_byte;
    for (std::size_t c = 0; c < 0x20; ++c)
        if (c != '\t') table[c] |= control_byte;
    table[0x7f] |= control_byte;
    return table;
}
inline constexpr auto kByteClasses = make_byte_classes();

inline bool is_byte(char c, std::uint8_t classes) noexcept { return (kByteClasses[static_cast<unsigned char>(c)] & classes) != 0; }

inline bool all_bytes(std::string_view text, std::uint8_t classes) noexcept {
    for (const char c : text)
        if (!is_byte(c, classes)) return false;
    return true;
}

// Is `token`, made of token bytes, the lower-case `name` of letters, digits and '-'? Setting bit 5 folds the case of letters
// and makes no other token byte one of these.
inline bool same_token(std::string_view token, std::string_view name) noexcept {
    if (token.size() != name.size()) return false;
    constexpr std::uint64_t fold = 0x2020202020202020;
    const auto word = []<class W>(const char* p, W w) noexcept {
        std::memcpy(&w, p, sizeof w);
        return w;
    };
    const auto same = [&]<class W>(std::size_t at, W) noexcept {
        return (word(token.data() + at, W{}) | static_cast<W>(fold)) == word(name.data() + at, W{});
    };
    const auto size = token.size();
    if (size >= 8) {  // the last word may overlap the one before
        for (std::size_t at = 0; at + 8 < size; at += 8)
            if (!same(at, std::uint64_t{})) return false;
        return same(size - 8, std::uint64_t{});
    }
    if (size >= 4) return same(0, std::uint32_t{}) && same(size - 4, std::uint32_t{});
    for (std::size_t i = 0; i < size; ++i)
        if ((token[i] | 0x20) != name[i]) return false;
    return true;
}

inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

inline std::string_view trim_blanks(const char* begin, const char* end) noexcept {
    while (begin != end && is_blank(*begin)) ++begin;
    while (begin != end && is_blank(end[-1])) --end;
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace tollgate
