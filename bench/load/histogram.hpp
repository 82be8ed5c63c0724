// histogram.hpp - latencies in buckets of at most 0.8 % width: constant memory, constant time, exact enough for p99.9.
//
// Log-linear, as HdrHistogram does it: 128 linear buckets for each doubling. Threads: one. Bounds: 18 minutes and above share a bucket.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace tollgate {

class histogram {
 public:
    void record(std::uint64_t nanoseconds) noexcept {
        ++counts_[index_of(nanoseconds)];
        ++total_;
        max_ = std::max(max_, nanoseconds);
    }

    // Upper edge of the bucket in which the share `q` (0 to 1) of all values has been passed.
    [[nodiscard]] std::uint64_t quantile(double q) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (counts_[i] != 0 && seen > wanted) return std::min(upper_edge(i), max_);
        }
        return max_;
    }

    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }

    // f(upper edge in nanoseconds, count) for each bucket that is not empty, rising.
    template <class F>
    void each(F&& f) const {
        for (std::size_t i = 0; i < counts_.size(); ++i)
            if (counts_[i] != 0) f(upper_edge(i), counts_[i]);
    }

 private:
    static constexpr unsigned sub_bits = 7;  // 128 buckets a doubling
    static constexpr unsigned doublings = 33;

    static std::size_t index_of(std::uint64_t v) noexcept {
        if (v < (1u << sub_bits)) return v;
        const auto shift = static_cast<unsigned>(std::bit_width(v)) - sub_bits - 1;
        if (shift >= doublings) return last;
        return ((shift + 1) << sub_bits) + ((v >> shift) - (1u << sub_bits));
    }
    static std::uint64_t upper_edge(std::size_t i) noexcept {
        if (i < (1u << sub_bits)) return i;
        const auto shift = (i >> sub_bits) - 1;
        return (((i & ((1u << sub_bits) - 1)) + (1u << sub_bits) + 1) << shift) - 1;
    }

    static constexpr std::size_t last = ((doublings + 1) << sub_bits) - 1;
    std::array<std::uint64_t, last + 1> counts_{};
    std::uint64_t total_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace tollgate
