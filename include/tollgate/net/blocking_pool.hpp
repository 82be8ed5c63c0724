// blocking_pool.hpp - a few threads for what may wait for a disk: cold index reads, operations.
//
// Bounds: `queue` jobs wait; beyond, run() refuses at once.
// Threads: run() from any. Jobs must not throw. Lifetime: the destructor runs what is queued, then joins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tollgate {

class blocking_pool {
 public:
    // `in_background`: its threads give way to others (base/give_way.hpp).
    blocking_pool(std::size_t threads, std::size_t queue, bool in_background = false);
    ~blocking_pool();
    blocking_pool(const blocking_pool&) = delete;
    blocking_pool& operator=(const blocking_pool&) = delete;

    // False: the queue is full.
    [[nodiscard]] bool run(std::function<void()> job);

 private:
    void work(bool in_background);
    std::mutex mutex_;
    std::condition_variable wake_, resting_;
    std::deque<std::function<void()>> jobs_;
    std::size_t limit_;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace tollgate
