#include "tollgate/net/blocking_pool.hpp"

#include <sys/resource.h>

#include <utility>

namespace tollgate {

blocking_pool::blocking_pool(std::size_t threads, std::size_t queue, bool in_background) : limit_(queue) {
    for (std::size_t i = 0; i < threads; ++i)
        threads_.emplace_back([this, in_background] {
            constexpr int behind = 10;
            if (in_background) ::setpriority(PRIO_PROCESS, 0, behind);  // on Linux: of this thread alone; it may always be lowered
            work();
        });
}

blocking_pool::~blocking_pool() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    for (auto& t : threads_) t.join();
}

bool blocking_pool::run(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        if (ending_ || jobs_.size() >= limit_) return false;
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

void blocking_pool::work() {
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
}

}  // namespace tollgate
