// digest.hpp - SHA-256 of a secret: how an opaque token is looked up. (C-2)
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>

namespace tollgate {

struct digest {
    std::array<std::uint8_t, 32> bytes{};
    friend auto operator<=>(const digest&, const digest&) = default;
};

}  // namespace tollgate

template <>
struct std::hash<tollgate::digest> {
    // The bytes of a SHA-256 are as good as any hash of them.
    std::size_t operator()(const tollgate::digest& d) const noexcept {
        std::size_t h;
        std::memcpy(&h, d.bytes.data(), sizeof h);
        return h;
    }
};
