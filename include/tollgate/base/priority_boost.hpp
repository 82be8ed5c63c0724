// priority_boost.hpp - a thread for which callers wait while it waits for the disk gets the processor as soon as the disk has answered.
//
// A synced write sleeps two or three times (data, inode, the disk's own cache), and where all processors are busy each waking stands behind whoever
// has one: on a saturated machine that was nine tenths of a commit's p99, and none of it the disk's. Two things shorten it:
// - Its priority (nice -15), which Linux gives to root, to CAP_SYS_NICE and within RLIMIT_NICE (systemd: LimitNICE=), and slices of a tenth of a
//   millisecond, which any thread may ask for (Linux 6.12 and later; before that they say nothing). A sandbox may forbid both
//   (conf/systemd/commit-priority.conf): what is not permitted is left.
// - Threads of ours that compute without a pause yield now and then while a boost lives (newest()): a scheduler that has once passed over the woken
//   thread looks again at its next tick only, 4 ms later where they are 250 a second. net::loop does so.
// Only for pieces of work that use little of the processor, and so many a second: others wait. A thread that starts meanwhile inherits it, and has to
// give it back (give_way does).
// Threads: of the one that made it, which also ends it; not within each other. newest() from any.
#pragma once

#include <atomic>
#include <cstdint>

namespace tollgate {

class priority_boost {
 public:
    priority_boost() noexcept;
    ~priority_boost();
    priority_boost(const priority_boost&) = delete;
    priority_boost& operator=(const priority_boost&) = delete;

    // Further ones do nothing: who makes changes by the thousand must not take the processors from those who answer callers.
    static constexpr int most_a_second = 200;

    // While any is alive, permitted or not: the number of the one made last. Otherwise 0.
    [[nodiscard]] static std::uint32_t newest() noexcept {
        return alive_.load(std::memory_order_relaxed) == 0 ? 0 : made_.load(std::memory_order_relaxed);
    }

 private:
    alignas(64) static std::atomic<int> alive_;  // read by every loop in each turn, written by each commit
    static std::atomic<std::uint32_t> made_;
    int before_;  // nice
    bool counted_, given_;
};

}  // namespace tollgate
