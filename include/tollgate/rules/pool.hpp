// pool.hpp - what is decided about the servers behind an API: whether one is asked at all, and whether any is.
//
// A server is taken out by its health checks (active), or because exchanges with it fail while others go well (ejection: passive, for a
// time that grows, never more than a share of the pool). When a pool as a whole fails, its breaker opens: nobody is asked for a while, then
// a few are let through and decide. Where checks take out every server all of them are asked: a check that is wrong must not be what stops
// the service.
// Machines: told what was seen and what time it is, they say what holds. No I/O, no clock. Threads: one at a time.
#pragma once

#include "tollgate/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

struct health_rules {
    std::string path = "/", host;  // empty host: the server's own
    std::chrono::milliseconds interval{5'000}, timeout{2'000};
    unsigned healthy_after = 2, unhealthy_after = 3;  // checks in a row; the very first one decides alone
    unsigned least_status = 200, most_status = 299;   // a good answer's
};

// A failure is an exchange without an answer (refused, reset, too late, not HTTP), or one that was answered 502, 503 or 504.
struct ejection_rules {
    unsigned consecutive = 5;       // failures in a row; 0: they eject nobody
    unsigned rate_percent = 50;     // of failures in a window; 0: likewise
    unsigned least_requests = 20;   // in a window, for its rate to say anything
    unsigned share_percent = 50;    // of the servers may be out at once; 0: nobody is ejected
    std::chrono::milliseconds window{10'000}, time{10'000}, longest{300'000};  // `time` times how often, at most `longest`
};

struct breaker_rules {
    unsigned rate_percent = 0;      // of failures in a window, of the whole pool; 0: there is no breaker
    unsigned least_requests = 20;
    std::chrono::milliseconds window{10'000}, time{5'000};
    unsigned probes = 3;            // that must go well before it closes
};

struct retry_rules {
    unsigned attempts = 1;          // more, after the first
    unsigned budget_percent = 20;   // of requests may be sent again
    bool with_idempotency_key = false;  // the servers know such keys themselves: a request with one may be sent again, whatever its method
};

struct pool_rules {
    std::optional<health_rules> health;
    ejection_rules ejection;
    breaker_rules breaker;
    retry_rules retry;
    std::uint32_t max_connections = 0;  // 0: no bound
    std::uint32_t queue = 100;          // requests that may wait for a connection
    std::chrono::milliseconds queue_timeout{1'000};
    bool adaptive = false;              // rules/load_limit.hpp
    std::chrono::milliseconds resolve{30'000};  // how often names are resolved again; 0: at a reload only
};

enum class server_state : std::uint8_t { up, unhealthy, ejected, draining };
[[nodiscard]] std::string_view to_string(server_state s) noexcept;

// What threads have seen of something since they were asked last. `streak`: failures in a row at the end of it.
struct seen_exchanges {
    std::uint64_t successes = 0, failures = 0, streak = 0;
};

class server_watch {
 public:
    void checked(bool good, const health_rules& by) noexcept;
    void observed(const seen_exchanges& what, const ejection_rules& by, monotonic now) noexcept;

    // It should be ejected; decide_ejections() says whether it is.
    [[nodiscard]] bool fails() const noexcept { return fails_; }
    void eject(const ejection_rules& by, monotonic now) noexcept;
    [[nodiscard]] bool ejected(monotonic now) const noexcept { return now < out_until_; }
    [[nodiscard]] bool healthy() const noexcept { return healthy_; }
    [[nodiscard]] std::uint64_t ejections() const noexcept { return ejections_; }

 private:
    bool checked_once_ = false, healthy_ = true, fails_ = false;
    unsigned in_a_row_ = 0;          // checks that say the other thing
    std::uint64_t streak_ = 0, ejections_ = 0;
    seen_exchanges window_;
    monotonic window_ends_{}, out_until_{};
    unsigned times_ = 0;
};

// Ejects of `servers` those that fail, as long as no more than the share is out. `draining` ones are not part of the pool.
void decide_ejections(std::span<server_watch* const> servers, const ejection_rules& by, monotonic now) noexcept;

class pool_breaker {
 public:
    enum class state : std::uint8_t {
        closed,     // requests pass
        open,       // none does
        half_open,  // as many as there are probes
    };
    // `what`: of the whole pool, since the last call. `state::half_open` that was not before, or is for the second time: `fresh_probes()`.
    state observed(const seen_exchanges& what, const breaker_rules& by, monotonic now) noexcept;
    [[nodiscard]] bool fresh_probes() const noexcept { return fresh_; }

 private:
    state state_ = state::closed;
    seen_exchanges window_;
    monotonic until_{};  // of the window, of being open, of a round of probes
    bool fresh_ = false;
};

}  // namespace tollgate
