#include "plain_text.hpp"

#include <algorithm>
#include <cstdint>

namespace tollgate {
namespace {

constexpr std::uint32_t kNoLetter = 0xffff'ffff;

// Takes one code point from the front; kNoLetter where the bytes are not UTF-8.
std::uint32_t take_letter(std::string_view& in) noexcept {
    const auto first = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    if (first < 0x80) return first;
    const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || in.size() < more) return kNoLetter;
    std::uint32_t letter = first & (0x3fu >> more);
    for (std::size_t i = 0; i < more; ++i) {
        const auto next = static_cast<unsigned char>(in[i]);
        if ((next & 0xc0) != 0x80) return kNoLetter;
        letter = letter << 6 | (next & 0x3f);
    }
    in.remove_prefix(more);
    constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const bool surrogate = letter >= 0xd800 && letter <= 0xdfff;
    return letter < least[more] || letter > 0x10ffff || surrogate ? kNoLetter : letter;
}

bool is_print(char c) noexcept { return c >= 0x20 && c <= 0x7e; }

}  // namespace

bool is_plain_text(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto letter = take_letter(text);
        if (letter == kNoLetter || letter < 0x20 || (letter >= 0x7f && letter <= 0x9f)) return false;
    }
    return true;
}

bool is_header_text(std::string_view text) noexcept {
    if (text.empty()) return true;
    return std::all_of(text.begin(), text.end(), is_print) && text.front() != ' ' && text.back() != ' ';
}

std::string printable(std::string_view text) {
    constexpr std::size_t most = 64;
    std::string out(text.substr(0, most));
    std::replace_if(out.begin(), out.end(), [](char c) { return !is_print(c); }, '?');
    if (text.size() > most) out += "...";
    return out;
}

}  // namespace tollgate
