#include "app/kept_clock.hpp"

#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr std::chrono::seconds second{1};
constexpr std::chrono::hours again{1};

std::optional<timestamp> mark_of(const number_file& file) {
    const auto us = file.read();
    return us ? std::optional(timestamp{static_cast<std::int64_t>(*us)}) : std::nullopt;
}

std::string seconds_text(std::chrono::microseconds d) { return fmt::format("{}", std::chrono::duration_cast<std::chrono::seconds>(d).count()); }

}  // namespace

kept_clock::kept_clock(const clock& system, std::string file, log_sink& log)
    : system_(system), log_(log), file_(std::move(file)), mark_(mark_of(file_), read()) {
    const auto r = read();
    tell(mark_.tick(r), r, true);
    publish(r.ticks);
}

void kept_clock::publish(monotonic t) noexcept {
    now_us_.store(mark_.now(t).us - us(t), std::memory_order_relaxed);
    settled_us_.store(mark_.settled(t).us - us(t), std::memory_order_relaxed);
}

void kept_clock::keep(monotonic t) noexcept {
    if (!keeping_ || file_.write(static_cast<std::uint64_t>(mark_.settled(t).us)) || std::exchange(file_ill_, true)) return;
    log_.warn("the clock's mark cannot be written; after a start the gateway may believe a clock that was set back", {{"file", file_.path()}});
}

// At a start nobody can tell a clock that was set forward from a gateway that was away for a while.
void kept_clock::tell(time_mark::event what, const time_reading& r, bool at_start) {
    using enum time_mark::event;
    const auto system = rfc3339(r.system), ahead = seconds_text(mark_.ahead()), lead = seconds_text(mark_.unsettled());
    switch (what) {
        case none: return;
        case stepped_forward:
            if (at_start) return log_.info("the gateway was away for a while", {{"seconds", lead}});
            ++steps_forward_;
            return log_.error(
                "the system's clock went forward: what ends by it is refused, and nothing is deleted until it has stood for ten minutes",
                {{"seconds", lead}, {"system", system}});
        case withdrawn: return log_.warn("the system's clock went back to where it was", {{"system", system}});
        case settled: return log_.info("the system's clock has stood for ten minutes and is taken as right", {{"system", system}});
        case set_back:
            ++steps_back_;
            told_back_at_ = r.ticks;
            return log_.error(
                "the system's clock was set back: time goes on from where it was. Where the system's clock is right: tollgate clock accept",
                {{"seconds", ahead}, {"system", system}});
        case caught_up: return log_.info("the system's clock has caught up", {{"system", system}});
    }
}

void kept_clock::tick() {
    const std::lock_guard held(mutex_);
    const auto r = read();
    tell(mark_.tick(r), r, false);
    publish(r.ticks);
    if (mark_.ahead() > time_mark::tolerance && r.ticks - told_back_at_ >= again) {
        told_back_at_ = r.ticks;
        log_.error("the system's clock is still behind; where it is right: tollgate clock accept", {{"seconds", seconds_text(mark_.ahead())}});
    }
    keep(r.ticks);
}

void kept_clock::start() {
    {
        const std::lock_guard held(mutex_);
        const auto opened = file_.open();
        keeping_ = opened.has_value();
        if (!opened) log_.warn("the clock's mark cannot be kept", {{"why", opened.error().what}});
    }
    ending_ = false;
    thread_ = std::thread([this] { run(); });
}

void kept_clock::stop() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard held(waiting_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void kept_clock::run() {
    for (;;) {
        tick();
        std::unique_lock held(waiting_);
        if (wake_.wait_for(held, second, [this] { return ending_; })) return;
    }
}

clock_view kept_clock::look() const {
    const std::lock_guard held(mutex_);
    const auto r = read();
    return {r.system, mark_.now(r.ticks), mark_.settled(r.ticks)};
}

void kept_clock::accept() {
    const std::lock_guard held(mutex_);
    const auto r = read();
    mark_.accept(r);
    publish(r.ticks);
    keep(r.ticks);
    log_.warn("the system's clock is taken as right, as an operator said", {{"system", rfc3339(r.system)}});
}

}  // namespace tollgate
