// event.hpp - one coroutine waits until another, on the same loop, says so.
//
// Threads: the loop's. Cancellation: none; whoever promises set() must keep it.
#pragma once

#include "tollgate/net/task.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>

namespace tollgate {

class event {
 public:
    explicit event(loop& on) : timer_(on) { timer_.expires_at(std::chrono::steady_clock::time_point::max()); }
    void set() {
        is_set_ = true;
        timer_.cancel();
    }
    [[nodiscard]] bool is_set() const noexcept { return is_set_; }
    task<> wait() {
        while (!is_set_) co_await timer_.async_wait(no_throw);
    }

 private:
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, loop_executor> timer_;
    bool is_set_ = false;
};

}  // namespace tollgate
