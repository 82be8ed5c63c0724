// scope_set.hpp - scopes as bits. Numbers are allotted per API, append-only, and never reused.
// Bounds: bounds::scopes_per_api.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/check.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace tollgate {

using scope_number = std::uint16_t;

class scope_set {
 public:
    static constexpr std::size_t words = bounds::scopes_per_api / 64;

    void add(scope_number n) noexcept {
        TOLLGATE_CHECK(n < bounds::scopes_per_api);
        bits_[n / 64] |= 1ull << (n % 64);
    }
    [[nodiscard]] bool has(scope_number n) const noexcept { return n < bounds::scopes_per_api && (bits_[n / 64] >> (n % 64) & 1) != 0; }
    [[nodiscard]] bool meets(const scope_set& other) const noexcept {  // an element in common
        std::uint64_t any = 0;
        for (std::size_t i = 0; i < words; ++i) any |= bits_[i] & other.bits_[i];
        return any != 0;
    }
    [[nodiscard]] bool within(const scope_set& other) const noexcept {  // subset
        std::uint64_t extra = 0;
        for (std::size_t i = 0; i < words; ++i) extra |= bits_[i] & ~other.bits_[i];
        return extra == 0;
    }
    [[nodiscard]] bool empty() const noexcept {
        std::uint64_t any = 0;
        for (auto w : bits_) any |= w;
        return any == 0;
    }
    scope_set& operator|=(const scope_set& other) noexcept {
        for (std::size_t i = 0; i < words; ++i) bits_[i] |= other.bits_[i];
        return *this;
    }
    scope_set& operator&=(const scope_set& other) noexcept {
        for (std::size_t i = 0; i < words; ++i) bits_[i] &= other.bits_[i];
        return *this;
    }
    // Calls f(scope_number) in rising order.
    template <class F>
    void each(F&& f) const {
        for (std::size_t i = 0; i < words; ++i)
            for (auto w = bits_[i]; w != 0; w &= w - 1) f(static_cast<scope_number>(i * 64 + std::countr_zero(w)));
    }
    [[nodiscard]] const std::array<std::uint64_t, words>& raw() const noexcept { return bits_; }
    friend bool operator==(const scope_set&, const scope_set&) = default;

 private:
    std::array<std::uint64_t, words> bits_{};
};

}  // namespace tollgate
