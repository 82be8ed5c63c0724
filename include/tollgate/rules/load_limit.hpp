// load_limit.hpp - how many requests a pool can have under way before it only gets slower: found out, not configured.
//
// In windows, what an answer takes on average is held against the least that it was seen to take. While that is within `tolerance`, and
// the limit is what holds requests back, the limit grows; beyond, it shrinks by as much as answers are slower (a gradient, as in
// TCP Vegas). What answers take at least is measured again now and then, with a quarter of the limit for one window, or an overload that lasts
// would become the measure.
// Off unless a pool asks for it: where routes differ much in what they take, a burst of slow ones looks like an overload (its test
// shows how much), and an operator's max_connections does not mind.
// Pure: no clock. Threads: one at a time; a thread's own, for its own requests.
#pragma once

#include "tollgate/base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tollgate {

class load_limit {
 public:
    static constexpr double tolerance = 2.0;
    static constexpr std::uint32_t first = 32, least = 4, most = 10'000;
    static constexpr std::chrono::milliseconds window{100};
    static constexpr std::uint32_t window_answers = 16;
    static constexpr std::chrono::seconds measured_again{20};

    // An answer has begun, `took` after its request was sent; `active` were under way. Answers whether now() has changed.
    bool answered(std::chrono::nanoseconds took, std::uint32_t active, monotonic at) noexcept;
    [[nodiscard]] std::uint32_t now() const noexcept { return probing_ ? std::max(least, limit_ / 4) : limit_; }

 private:
    void close_window(monotonic at) noexcept;
    std::uint32_t limit_ = first;
    bool probing_ = false, settled_ = false;
    double base_us_ = 0;   // 0: not known
    monotonic base_at_{}, since_{};
    double sum_us_ = 0;
    std::uint32_t answers_ = 0, most_active_ = 0;
};

}  // namespace tollgate
