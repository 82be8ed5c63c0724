#include "tollgate/codec/utf8.hpp"

namespace tollgate {

std::size_t valid_utf8(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    std::size_t at = 0;
    while (at < text.size()) {
        const unsigned c = byte(at);
        if (c < 0x80) {
            ++at;
        } else if (c >= 0xC2 && c <= 0xDF && tail(at + 1)) {
            at += 2;
        } else if ((c & 0xF0) == 0xE0 && tail(at + 1) && tail(at + 2)) {
            const unsigned point = (c & 0x0F) << 12 | (byte(at + 1) & 0x3F) << 6;
            if (point < 0x800 || (point & 0xF800) == 0xD800) return at;
            at += 3;
        } else if (c >= 0xF0 && c <= 0xF4 && tail(at + 1) && tail(at + 2) && tail(at + 3)) {
            const unsigned high = (c & 0x07) << 6 | (byte(at + 1) & 0x3F);
            if (high < 0x10 || high > 0x10F) return at;
            at += 4;
        } else {
            return at;
        }
    }
    return at;
}

}  // namespace tollgate
