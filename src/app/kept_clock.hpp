// kept_clock.hpp - the clock that everything in the gateway goes by: the system's, held against a mark that is kept. (T-8)
//
// now() is a reading of the monotonic clock and an offset, which a thread of its own corrects each second by rules/time_mark: as cheap as the
// system's clock, and deaf to what is done to that for a second at most. The mark is kept in `local/clock` (src/store/FORMAT.md).
// Threads: start() and stop() by the owner; the rest any. Lifetime: `system` and `log` outlive it.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/control/clock_desk.hpp"
#include "tollgate/rules/time_mark.hpp"
#include "tollgate/store/number_file.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace tollgate {

class kept_clock final : public clock {
 public:
    // Takes up the mark that `file` holds, where it is there.
    kept_clock(const clock& system, std::string file, log_sink& log);
    ~kept_clock() override { stop(); }

    [[nodiscard]] timestamp now() const noexcept override { return at(system_.ticks()); }
    [[nodiscard]] monotonic ticks() const noexcept override { return system_.ticks(); }
    [[nodiscard]] timestamp at(monotonic t) const noexcept override { return from(t, now_us_); }
    [[nodiscard]] timestamp settled() const noexcept override { return from(system_.ticks(), settled_us_); }

    // From now on the mark is written each second; the file's directory is there.
    void start();
    void stop();
    // What the thread does each second.
    void tick();

    [[nodiscard]] clock_view look() const;
    // The operator says that the system's clock is right.
    void accept();
    [[nodiscard]] std::uint64_t steps_forward() const noexcept { return steps_forward_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t steps_back() const noexcept { return steps_back_.load(std::memory_order_relaxed); }

 private:
    static std::int64_t us(monotonic t) noexcept { return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count(); }
    static timestamp from(monotonic t, const std::atomic<std::int64_t>& offset_us) noexcept {
        return {us(t) + offset_us.load(std::memory_order_relaxed)};
    }
    [[nodiscard]] time_reading read() const noexcept { return {system_.now(), system_.ticks()}; }
    void publish(monotonic t) noexcept;
    void keep(monotonic t) noexcept;
    void tell(time_mark::event what, const time_reading& r, bool at_start);
    void run();

    const clock& system_;
    log_sink& log_;
    number_file file_;
    mutable std::mutex mutex_;  // of mark_, file_ and told_back_at_
    time_mark mark_;
    monotonic told_back_at_;
    bool keeping_ = false, file_ill_ = false;
    std::atomic<std::int64_t> now_us_{0}, settled_us_{0};  // since the monotonic clock's beginning
    std::atomic<std::uint64_t> steps_forward_{0}, steps_back_{0};
    std::mutex waiting_;
    std::condition_variable wake_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace tollgate
