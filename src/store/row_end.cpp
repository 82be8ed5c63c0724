#include "tollgate/store/row_end.hpp"

namespace tollgate {

void append_row_end(std::string& out, timestamp end) {
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(static_cast<std::uint64_t>(end.us) >> shift & 0xff));
}

std::optional<timestamp> take_row_end(std::string_view& value) noexcept {
    if (value.size() < 8) return std::nullopt;
    std::uint64_t us = 0;
    for (std::size_t i = 0; i < 8; ++i) us = us << 8 | static_cast<unsigned char>(value[i]);
    value.remove_prefix(8);
    return timestamp{static_cast<std::int64_t>(us)};
}

}  // namespace tollgate
