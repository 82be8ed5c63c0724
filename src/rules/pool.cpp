#include "tollgate/rules/pool.hpp"

#include <algorithm>

namespace tollgate {
namespace {

bool over(const seen_exchanges& what, unsigned rate_percent, unsigned least) noexcept {
    const auto all = what.successes + what.failures;
    return rate_percent != 0 && all >= least && what.failures * 100 >= all * rate_percent;
}

void add(seen_exchanges& to, const seen_exchanges& what) noexcept {
    to.successes += what.successes;
    to.failures += what.failures;
}

}  // namespace

std::string_view to_string(server_state s) noexcept {
    switch (s) {
        case server_state::up: return "up";
        case server_state::unhealthy: return "unhealthy";
        case server_state::ejected: return "ejected";
        case server_state::draining: return "draining";
    }
    return "";
}

void server_watch::checked(bool good, const health_rules& by) noexcept {
    if (good == healthy_ && checked_once_) {
        in_a_row_ = 0;
        return;
    }
    const auto needed = good ? by.healthy_after : by.unhealthy_after;
    if (checked_once_ && ++in_a_row_ < needed) return;
    checked_once_ = true;
    in_a_row_ = 0;
    healthy_ = good;
}

void server_watch::observed(const seen_exchanges& what, const ejection_rules& by, monotonic now) noexcept {
    if (ejected(now)) return;  // the last answers to what had been asked before
    if (now >= window_ends_) {
        const bool clean = window_.successes > 0 && window_.failures == 0;
        if (clean && times_ > 0) --times_;
        window_ = {};
        window_ends_ = now + by.window;
    }
    add(window_, what);
    streak_ = what.successes == 0 ? streak_ + what.failures : std::min(what.streak, what.failures);
    const bool in_a_row = by.consecutive != 0 && streak_ >= by.consecutive;
    fails_ = in_a_row || over(window_, by.rate_percent, by.least_requests);
}

void server_watch::eject(const ejection_rules& by, monotonic now) noexcept {
    ++times_;
    ++ejections_;
    out_until_ = now + std::min(by.time * times_, by.longest);
    fails_ = false;
    streak_ = 0;
    window_ = {};
    window_ends_ = out_until_ + by.window;
}

void decide_ejections(std::span<server_watch* const> servers, const ejection_rules& by, monotonic now) noexcept {
    auto out = static_cast<std::size_t>(std::ranges::count_if(servers, [&](const server_watch* s) { return s->ejected(now) || !s->healthy(); }));
    for (auto* s : servers) {
        if (!s->fails() || s->ejected(now) || !s->healthy()) continue;
        if ((out + 1) * 100 > servers.size() * by.share_percent) return;
        s->eject(by, now);
        ++out;
    }
}

pool_breaker::state pool_breaker::observed(const seen_exchanges& what, const breaker_rules& by, monotonic now) noexcept {
    fresh_ = false;
    if (by.rate_percent == 0) return state_ = state::closed;
    const bool over_now = now >= until_;
    switch (state_) {
        case state::closed:
            if (over_now) {
                window_ = {};
                until_ = now + by.window;
            }
            add(window_, what);
            if (!over(window_, by.rate_percent, by.least_requests)) return state_;
            state_ = state::open;
            until_ = now + by.time;
            return state_;
        case state::open:
            if (!over_now) return state_;
            state_ = state::half_open;
            break;
        case state::half_open:
            add(window_, what);
            if (what.failures > 0) {
                state_ = state::open;
                until_ = now + by.time;
                return state_;
            }
            if (window_.successes >= by.probes) {
                state_ = state::closed;
                window_ = {};
                until_ = now + by.window;
                return state_;
            }
            if (!over_now) return state_;  // nothing came of the probes, or nobody asked
            break;
    }
    fresh_ = true;
    window_ = {};
    until_ = now + by.time;
    return state_;
}

}  // namespace tollgate
