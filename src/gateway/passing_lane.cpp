#include "tollgate/gateway/passing_lane.hpp"

#include "tollgate/base/thread_name.hpp"

#include <string>
#include <utility>

namespace tollgate {

passing_lane::passing_lane(const descriptor_channel& to, log_sink& log, std::chrono::milliseconds patience)
    : to_(to), log_(log), patience_(patience) {
    thread_ = std::thread([this] {
        name_this_thread("passing");
        run();
    });
}

passing_lane::~passing_lane() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    arrived_.notify_one();
    thread_.join();
}

void passing_lane::pass(passed_connection c) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(c));
    }
    arrived_.notify_one();
}

void passing_lane::run() {
    std::size_t lost = 0;
    for (std::unique_lock lock(mutex_);;) {
        arrived_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) break;
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        if (lost == 0) {
            const auto sent = tollgate::pass(to_, next, patience_);
            if (!sent) log_.warn("connections cannot be handed on, and are closed", {{"why", sent.error().what}});
            lost = sent ? 0 : 1;
        } else {
            ++lost;
        }
        lock.lock();
    }
    if (lost != 0) log_.warn("connections could not be handed on", {{"connections", std::to_string(lost)}});
}

}  // namespace tollgate
