#include "tollgate/codec/utf8.hpp"

namespace tollgate {

std::uint32_t take_code_point(std::string_view& text) noexcept {
    const auto first = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (first < 0x80) return first;
    const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || text.size() < more) return no_code_point;
    std::uint32_t point = first & (0x3fu >> more);
    for (std::size_t i = 0; i < more; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) return no_code_point;
        point = point << 6 | (next & 0x3f);
    }
    constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < least[more] || point > 0x10ffff || surrogate) return no_code_point;
    text.remove_prefix(more);
    return point;
}

std::size_t valid_utf8(std::string_view text) noexcept {
    for (auto rest = text;;) {
        const auto at = text.size() - rest.size();
        if (rest.empty() || take_code_point(rest) == no_code_point) return at;
    }
}

}  // namespace tollgate
