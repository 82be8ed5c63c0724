// numbers.hpp - fixed-width numbers of this module's rows, most significant byte first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

template <class T>
void append_big(std::string& out, T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xff));
}

// Takes one from the front; nothing, and nothing is taken, where there is too little.
template <class T>
std::optional<T> take_big(std::string_view& in) noexcept {
    if (in.size() < sizeof(T)) return std::nullopt;
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) out = out << 8 | static_cast<unsigned char>(in[i]);
    in.remove_prefix(sizeof(T));
    return static_cast<T>(out);
}

}  // namespace tollgate
