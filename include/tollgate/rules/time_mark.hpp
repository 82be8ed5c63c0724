// time_mark.hpp - what time it is, beside a system's clock that somebody may set wrong. (T-8)
//
// The mark is a time that moves with the monotonic clock and never goes back. What is decided by is the system's clock or the mark,
// whichever is later, so that a clock that is set back brings nothing back to life. Small steps forward are followed at once. A step of
// over five minutes is obeyed for refusing, but the mark follows only when it has stood for ten minutes: until then it can be taken back, and
// what cannot be undone goes by the mark. A mark that followed a wrong clock is set right by an operator (accept()).
// A machine: told the clocks' readings, some once a second. Not here: threads, where the mark is kept (app/kept_clock).
#pragma once

#include "tollgate/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tollgate {

struct time_reading {
    timestamp system;
    monotonic ticks;
};

class time_mark {
 public:
    static constexpr std::chrono::minutes large_step{5}, agreement{10};
    static constexpr std::chrono::seconds tolerance{5};  // set back by less is not worth an alarm

    enum class event : std::uint8_t {
        none,
        stepped_forward,  // by over large_step; obeyed for refusing
        withdrawn,        // a step forward was taken back before it had stood long enough
        settled,          // it has stood: the mark has followed
        set_back,         // by over tolerance; time goes on from where it was
        caught_up,        // the system's clock is there again
    };

    // `kept`: the mark of whoever ran before; unset: none is known. tick() with `first` comes next.
    time_mark(std::optional<timestamp> kept, time_reading first) noexcept : mark_(kept.value_or(first.system)), at_(first.ticks) {}

    event tick(time_reading r) noexcept;
    // The system's clock is right, whatever the mark was.
    void accept(time_reading r) noexcept;

    // By the last tick, at `t`: what is decided by, and the mark itself.
    [[nodiscard]] timestamp now(monotonic t) const noexcept { return settled(t) + std::chrono::microseconds(lead_us_); }
    [[nodiscard]] timestamp settled(monotonic t) const noexcept { return mark_ + std::chrono::duration_cast<std::chrono::microseconds>(t - at_); }
    // By the last tick: how far the mark is ahead of the system's clock, and the system's clock of the mark while that has not followed.
    [[nodiscard]] std::chrono::microseconds ahead() const noexcept { return std::chrono::microseconds(ahead_us_); }
    [[nodiscard]] std::chrono::microseconds unsettled() const noexcept { return std::chrono::microseconds(lead_us_); }

 private:
    event forward(time_reading r, std::int64_t by_us) noexcept;

    timestamp mark_;
    monotonic at_;
    std::int64_t lead_us_ = 0, ahead_us_ = 0;
    std::optional<monotonic> since_;  // when the step forward was seen that has not settled
    bool said_back_ = false;
};

}  // namespace tollgate
