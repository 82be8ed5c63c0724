#include "tollgate/gateway/rate_table.hpp"

#include <algorithm>
#include <bit>
#include <thread>

namespace tollgate {
namespace {

constexpr unsigned kSpins = 64;

}  // namespace

rate_table::rate_table(std::size_t cells)
    : mask_(std::bit_ceil(std::max<std::size_t>(1, cells / kWays)) - 1), buckets_(std::make_unique<bucket[]>(mask_ + 1)) {}

rate_table::bucket& rate_table::bucket_of(const rate_key& of) noexcept {
    const auto product = static_cast<unsigned __int128>(of.high ^ std::rotl(of.low, 32)) * 0x9e37'79b9'7f4a'7c15u;
    return buckets_[(static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product)) & mask_];
}

bool rate_table::holds(const bucket& in, std::size_t at, const rate_key& of) noexcept {
    return in.low[at].load(std::memory_order_acquire) == of.low && in.high[at].load(std::memory_order_acquire) == of.high;
}

std::size_t rate_table::find(const bucket& in, const rate_key& of) noexcept {
    std::size_t at = 0;
    while (at < kWays && !holds(in, at, of)) ++at;
    return at;
}

// The slot whose cell is paid back first.
std::size_t rate_table::oldest(const bucket& in) noexcept {
    const auto time_at = [&](std::size_t i) { return in.words[i].load(std::memory_order_relaxed) & kTime; };
    std::size_t at = 0;
    for (std::size_t i = 1; i < kWays; ++i)
        if (time_at(i) < time_at(at)) at = i;
    return at;
}

// The key goes to nobody, then the word to its next holder, then the key to `of`: who sees the new key sees the new word, and who
// has seen the old word cannot swap it any more. False: its owner took one meanwhile, and keeps it.
bool rate_table::hand_over(bucket& in, std::size_t at, const rate_key& of, timestamp now) noexcept {
    auto word = in.words[at].load(std::memory_order_acquire);
    const rate_key was{in.high[at].load(std::memory_order_relaxed), in.low[at].load(std::memory_order_relaxed)};
    in.low[at].store(0, std::memory_order_release);
    const auto fresh = ((word >> kTimeBits) + 1) << kTimeBits | (static_cast<std::uint64_t>(now.us) & kTime);
    const bool done = in.words[at].compare_exchange_strong(word, fresh, std::memory_order_acq_rel);
    in.high[at].store(done ? of.high : was.high, std::memory_order_release);
    in.low[at].store(done ? of.low : was.low, std::memory_order_release);
    return done;
}

// One thread a bucket at a time, so that nobody ever has two.
void rate_table::settle(bucket& in, const rate_key& of, timestamp now) noexcept {
    for (unsigned spins = 0; in.changing.exchange(true, std::memory_order_acquire); ++spins)
        if (spins >= kSpins) std::this_thread::yield();
    if (find(in, of) == kWays)
        while (!hand_over(in, oldest(in), of, now)) {}
    in.changing.store(false, std::memory_order_release);
}

pace_step rate_table::take(rate_key of, const pace& allowed, timestamp now) noexcept {
    of.low |= kSomebody;
    bucket& in = bucket_of(of);
    for (;;) {
        const auto at = find(in, of);
        if (at == kWays) {
            settle(in, of, now);
            continue;
        }
        auto word = in.words[at].load(std::memory_order_acquire);
        if (!holds(in, at, of)) continue;  // asked again behind the word: see hand_over()
        const auto step = take_one(allowed, timestamp{static_cast<std::int64_t>(word & kTime)}, now);
        const auto next = (word & ~kTime) | (static_cast<std::uint64_t>(step.cell.us) & kTime);
        if (next == word || in.words[at].compare_exchange_strong(word, next, std::memory_order_acq_rel)) return step;
    }
}

}  // namespace tollgate
