#include "tollgate/gateway/passing_lane.hpp"

#include "tollgate/base/thread_name.hpp"

#include <optional>
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
        std::optional<passed_connection> next(std::move(waiting_.front()));
        waiting_.pop_front();
        lock.unlock();
        // The first failure may be this connection's alone; but who has let us wait once is not waited for again.
        const auto sent = tollgate::pass(to_, *next, lost == 0 ? patience_ : std::chrono::milliseconds(0));
        if (!sent && lost++ == 0) log_.warn("a connection cannot be handed on, and is closed", {{"why", sent.error().what}});
        next.reset();  // closes our end of it
        lock.lock();
    }
    if (lost != 0) log_.warn("connections could not be handed on", {{"connections", std::to_string(lost)}});
}

}  // namespace tollgate
