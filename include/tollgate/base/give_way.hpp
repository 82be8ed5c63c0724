// give_way.hpp - a thread whose work has no hurry leaves the processor to those that answer callers.
//
// By its priority: others who want the processor get ten times as much of it (nice 10). Not the least there is: on a busy host whoever waits
// for such a thread would wait for ever. A sandbox may forbid priorities (systemd's @resources is out in conf/systemd): there the thread
// rests after its work, three times as long as that took of the processor, so that it has a quarter of one at most.
// Threads: of the one that made it; Linux gives each thread a priority of its own.
#pragma once

#include <chrono>

namespace tollgate {

class give_way {
 public:
    // Of the calling thread, for good.
    give_way() noexcept;

    // After a piece of work: how long to rest. Zero where the priority does it.
    [[nodiscard]] std::chrono::nanoseconds rest() noexcept;

 private:
    bool by_rests_;
    std::chrono::nanoseconds used_{};  // of the processor, when last asked
};

}  // namespace tollgate
