#include "tollgate/rules/time_mark.hpp"

#include <cstdlib>

namespace tollgate {
namespace {

constexpr std::int64_t us_of(std::chrono::microseconds d) noexcept { return d.count(); }

}  // namespace

// Another clock again is another step: its ten minutes begin anew.
time_mark::event time_mark::forward(time_reading r, std::int64_t by_us) noexcept {
    const bool same = since_ && std::abs(by_us - lead_us_) <= us_of(large_step);
    lead_us_ = by_us;
    ahead_us_ = 0;
    said_back_ = false;
    if (!same) {
        since_ = r.ticks;
        return event::stepped_forward;
    }
    if (r.ticks - *since_ < agreement) return event::none;
    accept(r);
    return event::settled;
}

time_mark::event time_mark::tick(time_reading r) noexcept {
    mark_ = settled(r.ticks);
    at_ = r.ticks;
    const auto by_us = r.system.us - mark_.us;
    if (by_us > us_of(large_step)) return forward(r, by_us);
    const bool withdrawn = since_.has_value(), was_back = said_back_;
    since_.reset();
    lead_us_ = 0;
    if (by_us >= 0) {
        mark_ = r.system;
        ahead_us_ = 0;
        said_back_ = false;
        return withdrawn ? event::withdrawn : was_back ? event::caught_up : event::none;
    }
    ahead_us_ = -by_us;
    said_back_ = was_back || ahead_us_ > us_of(tolerance);
    if (said_back_ && !was_back) return event::set_back;
    return withdrawn ? event::withdrawn : event::none;
}

void time_mark::accept(time_reading r) noexcept {
    mark_ = r.system;
    at_ = r.ticks;
    lead_us_ = ahead_us_ = 0;
    since_.reset();
    said_back_ = false;
}

}  // namespace tollgate
