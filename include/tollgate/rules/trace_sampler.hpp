// trace_sampler.hpp - which requests are traced: a share of those that nobody traces already, those whose caller says so, and never more than a pace.
//
// A caller that says yes is believed up to the pace, and one that says no is believed (W3C Trace Context, `sampled`). What is not chosen costs a
// count down: the next one is drawn when the last was met.
// Threads: one sampler a thread; its pace is that thread's part. No clock but `now`, no allocation.
#pragma once

#include "tollgate/rules/pace.hpp"

#include <cstdint>

namespace tollgate {

struct trace_rules {
    double share = 0;  // 0 to 1, of requests without a caller's word
    pace most;  // of one thread
    friend bool operator==(const trace_rules&, const trace_rules&) = default;
};

// What the caller says of its own trace.
enum class caller_trace : std::uint8_t { none, sampled, not_sampled };

class trace_sampler {
 public:
    trace_sampler(trace_rules by, std::uint64_t seed) noexcept;
    [[nodiscard]] bool take(caller_trace said, timestamp now) noexcept;
    // An id that is not zero, and of this sampler only once.
    [[nodiscard]] std::uint64_t make_id() noexcept;

 private:
    void draw() noexcept;
    trace_rules by_;
    std::uint64_t state_;
    std::uint64_t until_ = 0;  // requests before the next that is taken; 0: never
    timestamp cell_;
};

}  // namespace tollgate
