#include "tollgate/net/blocking_pool.hpp"

#include "tollgate/base/give_way.hpp"

#include <optional>
#include <utility>

namespace tollgate {

blocking_pool::blocking_pool(std::size_t threads, std::size_t queue, bool in_background) : limit_(queue) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, in_background] { work(in_background); });
}

blocking_pool::~blocking_pool() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    resting_.notify_all();
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

void blocking_pool::work(bool in_background) {
    std::optional<give_way> manners;
    if (in_background) manners.emplace();
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
        if (!manners) continue;
        if (const auto rest = manners->rest(); rest.count() != 0) {
            std::unique_lock lock(mutex_);
            resting_.wait_for(lock, rest, [this] { return ending_; });
        }
    }
}

}  // namespace tollgate
