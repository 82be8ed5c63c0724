// rate_table.hpp - the cells of rules/pace.hpp, one a token (or tenant, or token and operation), shared by every thread. (PR-10)
//
// Taking one is a read and a compare-and-swap of one word, so that N threads that take at once take exactly what one would.
// Only who is met for the first time waits, for at most a few stores of another thread that makes a cell in the same bucket.
// A cell that is paid back is as good as none: it is what a new one takes the place of. Where a bucket has none, the one that is
// nearest to being paid back goes, and its owner gets the rest of its burst early; that is where the bound shows.
// Not durable: a restart pays everything back.
// Threads: any. Bounds: `cells`, taken at once (32 bytes each); bounds::rate_cells is what a gateway has.
#pragma once

#include "tollgate/rules/pace.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tollgate {

// Whose cell: two words that nobody else has.
struct rate_key {
    std::uint64_t high = 0, low = 0;
    friend bool operator==(const rate_key&, const rate_key&) = default;
};

class rate_table {
 public:
    explicit rate_table(std::size_t cells);

    // One more of `of` at `now`: what rules/pace.hpp says of its cell, and the cell is that from here on.
    pace_step take(rate_key of, const pace& allowed, timestamp now) noexcept;

 private:
    // A cell's word: its time in the lower bits; above, how often the slot changed hands, so that a swap prepared for one
    // owner fails on the next one's.
    static constexpr unsigned kTimeBits = 52;  // microseconds until 2112
    static constexpr std::uint64_t kTime = (std::uint64_t{1} << kTimeBits) - 1;
    static constexpr std::uint64_t kSomebody = std::uint64_t{1} << 63;  // in `low` of every key but nobody's
    static constexpr std::size_t kWays = 8;
    struct alignas(64) bucket {
        std::array<std::atomic<std::uint64_t>, kWays> words{};
        std::array<std::atomic<std::uint64_t>, kWays> high{}, low{};
        std::atomic<bool> changing{false};  // somebody gives a slot to a new owner
    };

    bucket& bucket_of(const rate_key& of) noexcept;
    static bool holds(const bucket& in, std::size_t at, const rate_key& of) noexcept;
    static std::size_t find(const bucket& in, const rate_key& of) noexcept;  // kWays: nowhere
    static std::size_t oldest(const bucket& in) noexcept;
    static bool hand_over(bucket& in, std::size_t at, const rate_key& of, timestamp now) noexcept;
    static void settle(bucket& in, const rate_key& of, timestamp now) noexcept;

    std::size_t mask_;
    std::unique_ptr<bucket[]> buckets_;
};

}  // namespace tollgate
