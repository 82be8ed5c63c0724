#include "tollgate/net/spawn.hpp"

#include "tollgate/net/event.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace tollgate {
namespace {

struct alarm : deadline_node {
    alarm(loop& on, timer_wheel& wheel) noexcept
        : deadline_node(wheel, [](deadline_node& n) noexcept { static_cast<alarm&>(n).rung.set(); }), rung(on) {}
    event rung;
};

}  // namespace

void spawn(loop& on, task<> what) {
    asio::co_spawn(on, std::move(what), [](std::exception_ptr e) {
        if (e) std::terminate();
    });
    on.look_at_posted();  // one that never waited ends by way of a post
}

task<> pause(loop& on, timer_wheel& wheel, std::chrono::milliseconds time) {
    alarm here(on, wheel);
    here.arm(time);
    co_await here.rung.wait();
}

}  // namespace tollgate
