// spare_descriptors.hpp - descriptors of a process that are kept for the day when there are none.
//
// One that is given up for a moment lets a waiting caller be accepted and closed, who would otherwise hang until it gives up itself. In that
// moment another thread may be quicker: then the next one is given up, and whoever accepts a caller while one is missing gives its descriptor
// back. What took it for something else (a connection to an upstream, a file) has it until it closes.
// Threads: any. Lifetime: outlives the loops that use it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>

namespace tollgate {

class spare_descriptors {
 public:
    spare_descriptors() noexcept;
    ~spare_descriptors();
    spare_descriptors(const spare_descriptors&) = delete;
    spare_descriptors& operator=(const spare_descriptors&) = delete;

    // Accepts on `listener` and closes, up to `most` callers. How many it were; 0 also where every spare is gone.
    std::size_t turn_away(int listener, std::size_t most) noexcept;
    // After a caller was accepted. True: a spare was missing and could not be had otherwise; the caller is closed, its descriptor is the spare.
    bool take_back(int caller) noexcept { return missing_.load(std::memory_order_relaxed) && refill(caller); }

 private:
    static constexpr std::size_t kSpares = 4;
    bool refill(int caller) noexcept;
    void open_missing() noexcept;
    void keep(int descriptor) noexcept;

    std::mutex mutex_;
    int nothing_;  // a caller's descriptor becomes a duplicate of it in a single step, which leaves nobody a chance
    std::array<int, kSpares> spares_{};
    std::size_t count_ = 0;
    std::atomic<bool> missing_{false};
};

}  // namespace tollgate
