// spawn.hpp - starting coroutines on a loop, and calling into it from other threads.
//
// A spawned task is never forgotten by whoever spawns it: sessions are counted by their worker, an upload is waited for by
// its exchange. Nothing in a task throws; one that does is a bug and ends the process, instead of hanging its connection.
#pragma once

#include "tollgate/net/task.hpp"
#include "tollgate/net/timer_wheel.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace tollgate {

// Threads: the loop's, or before it runs.
void spawn(loop& on, task<> what);

// Calls `f` on the loop's thread. Threads: any.
template <class F>
void post_to(loop& on, F&& f) {
    asio::post(on, std::forward<F>(f));
    on.wake();
}

// To within a tick of the wheel.
task<> pause(loop& on, timer_wheel& wheel, std::chrono::milliseconds time);

}  // namespace tollgate
