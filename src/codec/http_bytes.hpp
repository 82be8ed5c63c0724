// http_bytes.hpp - the byte classes of HTTP/1.1 (RFC 9110 §5.6, RFC 3986 §2), and the search for a byte that text may not hold.
//
// Private to codec. Pure; no allocation.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tollgate {

enum byte_class : std::uint8_t {
    token_byte = 1,   // tchar
    target_byte = 2,  // what a request target may hold: visible ASCII but '#'
    name_byte = 4,    // of a registered name: unreserved and sub-delims
    digit_byte = 8,
    hex_byte = 16,
    control_byte = 32,  // never in a head but as CRLF: controls but HTAB, and DEL
    underscore = 64,    // a token_byte that some servers take for '-'
};

constexpr std::array<std::uint8_t, 256> make_byte_classes() {
    std::array<std::uint8_t, 256> table{};
    const auto mark = [&](std::string_view bytes, int bits) {
        for (const char c : bytes) table[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(table[static_cast<unsigned char>(c)] | bits);
    };
    mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", token_byte | name_byte);
    mark("!#$%&'*+-.^_`|~", token_byte);
    mark("-._~!$&'()*+,;=", name_byte);
    mark("_", underscore);
    mark("0123456789", digit_byte | hex_byte);
    mark("abcdefABCDEF", hex_byte);
    for (std::size_t c = 0x21; c < 0x7f; ++c)
        if (c != '#') table[c] |= target_byte;
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
    const auto word = [](const char* p) noexcept {
        std::uint64_t w;
        std::memcpy(&w, p, sizeof w);
        return w;
    };
    constexpr std::uint64_t fold = 0x2020202020202020;
    std::size_t i = 0;
    for (; token.size() - i >= 8; i += 8)
        if ((word(token.data() + i) | fold) != word(name.data() + i)) return false;
    for (; i < token.size(); ++i)
        if ((token[i] | 0x20) != name[i]) return false;
    return true;
}

// The first control_byte of [p, end), or end. Most of a head's bytes pass here twice, so sixteen at a time.
inline const char* find_control(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
    const auto top = _mm_set1_epi8(0x1f), tab = _mm_set1_epi8('\t'), del = _mm_set1_epi8(0x7f);
    for (; end - p >= 16; p += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const auto low = _mm_cmpeq_epi8(_mm_min_epu8(block, top), block);
        const auto bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), low), _mm_cmpeq_epi8(block, del));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(bad));
        if (mask != 0) return p + std::countr_zero(mask);
    }
#endif
    while (p != end && !is_byte(*p, control_byte)) ++p;
    return p;
}

inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

inline std::string_view trim_blanks(const char* begin, const char* end) noexcept {
    while (begin != end && is_blank(*begin)) ++begin;
    while (begin != end && is_blank(end[-1])) --end;
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace tollgate
