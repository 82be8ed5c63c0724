// clock.hpp - time as an argument.
//
// Decisions take `timestamp` values; what needs to ask takes a `clock&`. system_clock (the only reader of the operating
// system's clocks in the program) is made in app/ and passed down; tests pass a manual_clock.
// Threads: now() of any clock may be called from every thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tollgate {

// Microseconds since 1970 UTC. Zero means "never" where a field says so.
struct timestamp {
    std::int64_t us = 0;
    friend auto operator<=>(const timestamp&, const timestamp&) = default;
    [[nodiscard]] bool is_set() const noexcept { return us != 0; }
};

constexpr timestamp operator+(timestamp t, std::chrono::microseconds d) noexcept { return {t.us + d.count()}; }
constexpr std::chrono::microseconds operator-(timestamp a, timestamp b) noexcept { return std::chrono::microseconds(a.us - b.us); }

// Nanoseconds of a clock that never goes back; for deadlines and latencies only.
using monotonic = std::chrono::steady_clock::time_point;

class clock {
 public:
    virtual ~clock() = default;
    [[nodiscard]] virtual timestamp now() const noexcept = 0;
    [[nodiscard]] virtual monotonic ticks() const noexcept = 0;
    // now(), given what ticks() has just said: a clock that goes by them spares the second reading.
    [[nodiscard]] virtual timestamp at(monotonic) const noexcept { return now(); }
    // For what cannot be undone, such as deleting what has ended: now(), or earlier while it is not sure yet that now() is right (T-8).
    [[nodiscard]] virtual timestamp settled() const noexcept { return now(); }
};

class system_clock final : public clock {
 public:
    [[nodiscard]] timestamp now() const noexcept override;
    [[nodiscard]] monotonic ticks() const noexcept override;
};

// Stands still until told to move. For tests.
class manual_clock final : public clock {
 public:
    explicit manual_clock(timestamp start) : now_us_(start.us) {}
    [[nodiscard]] timestamp now() const noexcept override { return {now_us_.load()}; }
    [[nodiscard]] monotonic ticks() const noexcept override { return monotonic(std::chrono::microseconds(now_us_.load())); }
    void set(timestamp t) noexcept { now_us_ = t.us; }
    void advance(std::chrono::microseconds d) noexcept { now_us_ += d.count(); }

 private:
    std::atomic<std::int64_t> now_us_;
};

}  // namespace tollgate
