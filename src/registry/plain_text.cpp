#include "plain_text.hpp"

#include "tollgate/codec/utf8.hpp"

#include <algorithm>

namespace tollgate {
namespace {

bool is_print(char c) noexcept { return c >= 0x20 && c <= 0x7e; }

}  // namespace

bool is_plain_text(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto letter = take_code_point(text);
        if (letter == no_code_point || letter < 0x20 || (letter >= 0x7f && letter <= 0x9f)) return false;
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
