// http_scan.hpp - searches over the bytes of a head, sixteen at a time where the processor can (SSE2 is part of x86-64).
//
// Each has a plain loop that means the same; the wide part only gets to the interesting byte sooner.
// Private to codec. Pure; no allocation; nothing is read at or behind `end`.
#pragma once

#include "http_bytes.hpp"

#include <bit>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tollgate {

#if defined(__SSE2__)
namespace wide {

inline __m128i load(const char* p) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
inline __m128i equal(__m128i block, char c) noexcept { return _mm_cmpeq_epi8(block, _mm_set1_epi8(c)); }
// Bytes from 0x80 up are negative here, and so within no range of ASCII.
inline __m128i within(__m128i block, char low, char high) noexcept {
    return _mm_and_si128(
        _mm_cmpgt_epi8(block, _mm_set1_epi8(static_cast<char>(low - 1))), _mm_cmplt_epi8(block, _mm_set1_epi8(static_cast<char>(high + 1))));
}
inline unsigned bits(__m128i mask) noexcept { return static_cast<unsigned>(_mm_movemask_epi8(mask)); }
inline __m128i control(__m128i block) noexcept {
    const auto low = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    return _mm_or_si128(_mm_andnot_si128(equal(block, '\t'), low), equal(block, 0x7f));
}

}  // namespace wide
#endif

// The first control_byte of [p, end), or end.
inline const char* find_control(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16)
        if (const auto hits = wide::bits(wide::control(wide::load(p))); hits != 0) return p + std::countr_zero(hits);
#endif
    while (p != end && !is_byte(*p, control_byte)) ++p;
    return p;
}

// From `p`, a place not behind the first fault or the empty line of the head that begins at `begin`, to a later such place.
// Whole blocks are passed over while every control byte in them is of a CRLF and no two of these adjoin.
inline const char* skip_clean_lines([[maybe_unused]] const char* begin, const char* p, [[maybe_unused]] const char* end) noexcept {
#if defined(__SSE2__)
    unsigned cr_before = 0;                                              // bit 0: the byte before the block is CR
    unsigned lf_before = p == begin || p[-1] == '\n' ? 2u : 0u;  // bits 0 and 1: the two bytes before it are LF
    for (; end - p >= 16; p += 16) {
        const auto block = wide::load(p);
        const auto cr = wide::bits(wide::equal(block, '\r')), lf = wide::bits(wide::equal(block, '\n'));
        const auto stray = wide::bits(wide::control(block)) ^ (cr | lf);
        const auto torn = lf ^ ((cr << 1 | cr_before) & 0xffff);
        const auto empty_line = lf & (lf << 2 | lf_before);
        if ((stray | torn | empty_line) != 0) break;
        cr_before = cr >> 15;
        lf_before = lf >> 14;
    }
    if (cr_before != 0) --p;
#endif
    return p;
}

// The first byte of [p, end) that is no target_byte; there is one.
inline const char* find_target_end(const char* p, [[maybe_unused]] const char* end) noexcept {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        const auto block = wide::load(p);
        const auto good = wide::bits(_mm_andnot_si128(wide::equal(block, '#'), wide::within(block, 0x21, 0x7e)));
        if (good != 0xffff) return p + std::countr_one(good);
    }
#endif
    while (is_byte(*p, target_byte)) ++p;
    return p;
}

// Behind the letters, digits and dashes at `p`, or somewhere among them; most names are made of nothing else.
inline const char* find_plain_name_end(const char* p, [[maybe_unused]] const char* end) noexcept {
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        const auto block = wide::load(p);
        const auto letters = wide::within(_mm_or_si128(block, _mm_set1_epi8(0x20)), 'a', 'z');
        const auto others = _mm_or_si128(wide::within(block, '0', '9'), wide::equal(block, '-'));
        const auto good = wide::bits(_mm_or_si128(letters, others));
        if (good != 0xffff) return p + std::countr_one(good);
    }
#endif
    return p;
}

}  // namespace tollgate
