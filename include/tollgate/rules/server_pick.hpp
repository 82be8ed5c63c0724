// server_pick.hpp - which server is asked next: of two that are drawn by weight, the one that has less to do.
//
// Two draws are enough to keep the busiest from growing (Mitzenmacher, "The power of two choices"), and need no order of all.
// Pure: `random` is an argument. Threads: one at a time. Bounds: none; a draw is a binary search.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tollgate {

class server_pick {
 public:
    static constexpr std::size_t none = ~std::size_t{0};

    // A server of weight 0 is never drawn.
    void set(std::span<const std::uint32_t> weights) {
        weights_.assign(weights.begin(), weights.end());
        sums_.clear();
        total_ = 0;
        for (const auto w : weights_) sums_.push_back(total_ += w);
    }

    // `active(i)`: requests that server i has under way. `usable(i)`: it may be asked now; where no server that is drawn is, the next one
    // that has a weight and is. none: there is no such server.
    template <class Active, class Usable>
    [[nodiscard]] std::size_t next(std::uint64_t random, Active active, Usable usable) const {
        if (total_ == 0) return none;
        const auto a = drawn(random >> 32, total_);
        if (total_ == weights_[a]) return usable(a) ? a : none;
        const auto before = sums_[a] - weights_[a];
        auto other = (random & 0xffff'ffffu) * (total_ - weights_[a]) >> 32;
        if (other >= before) other += weights_[a];
        const auto b = holder(other);
        const bool first = usable(a), second = usable(b);
        if (first && second) return busier(a, active(a), b, active(b)) ? b : a;
        if (first) return a;
        if (second) return b;
        for (std::size_t i = 1; i <= weights_.size(); ++i) {
            const auto at = (a + i) % weights_.size();
            if (weights_[at] != 0 && usable(at)) return at;
        }
        return none;
    }

 private:
    [[nodiscard]] std::size_t drawn(std::uint64_t of_32_bits, std::uint64_t total) const noexcept { return holder(of_32_bits * total >> 32); }
    [[nodiscard]] std::size_t holder(std::uint64_t at) const noexcept {
        return static_cast<std::size_t>(std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
    }
    // By weight. Where nobody has anything to do the first draw holds, so that calls that come one by one go by weight, too.
    [[nodiscard]] bool busier(std::size_t a, std::uint64_t of_a, std::size_t b, std::uint64_t of_b) const noexcept {
        return of_a * weights_[b] > of_b * weights_[a];
    }
    std::vector<std::uint32_t> weights_;
    std::vector<std::uint64_t> sums_;
    std::uint64_t total_ = 0;
};

}  // namespace tollgate
