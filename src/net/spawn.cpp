#include "tollgate/net/spawn.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace tollgate {

void spawn(loop& on, task<> what) {
    asio::co_spawn(on, std::move(what), [](std::exception_ptr e) {
        if (e) std::terminate();
    });
}

task<> pause(loop& on, std::chrono::milliseconds time) {
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, loop_executor> timer(on);
    timer.expires_after(time);
    co_await timer.async_wait(no_throw);
}

}  // namespace tollgate
