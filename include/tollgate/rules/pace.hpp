// pace.hpp - how often something may happen: the generic cell rate algorithm, as arithmetic. (PR-10)
//
// A cell is one time: when everything taken so far is paid back at the sustained pace. It lies in the past of whoever came
// slower than that, so that a cell of nothing and a forgotten one are the same. Where cells are kept, and that two threads
// never take one thing: gateway/rate_table.hpp.
// Pure: no clock but `now`, no allocation. Bounds: one a microsecond to one in a hundred days; a burst is paid back within a year.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"

#include <cstdint>
#include <string_view>

namespace tollgate {

struct pace {
    std::int64_t interval_us = 0;  // between two at the sustained pace; 0: without limit
    std::uint32_t burst = 0;       // at once, after a long silence
    [[nodiscard]] bool limited() const noexcept { return interval_us != 0; }
    // Until a whole burst is paid back.
    [[nodiscard]] std::int64_t depth_us() const noexcept { return interval_us * burst; }
    friend bool operator==(const pace&, const pace&) = default;
};

// "60/min": a number, `/`, one of s, min, h, d. The burst is at least one.
result<pace> make_pace(std::string_view sustained, std::int64_t burst);

// What became of one request, for the answer's fields.
struct pace_step {
    bool within = false;
    timestamp cell;              // what the cell becomes; as it was where the request is not within
    std::uint32_t remaining = 0; // how many more could come at once
    timestamp full_at;           // when a whole burst is there again
    std::uint32_t retry_after_s = 0;  // where it is not within; at least 1
};

// One more at `now`. A cell further ahead than a burst can put it was written by a clock that has since been set back:
// it counts as a spent burst (T-8). `skew_us`: how far two threads' `now` may differ before that is said.
pace_step take_one(const pace& allowed, timestamp cell, timestamp now, std::int64_t skew_us = 300'000'000) noexcept;

}  // namespace tollgate
