// thread_scheduling.hpp - the calling thread's nice value and slice, set at once.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace tollgate {

// struct sched_attr of sched_setattr(2), which Debian 12 has in a comment only.
struct thread_scheduling {
    std::uint32_t size = sizeof(thread_scheduling);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0x08;  // SCHED_FLAG_KEEP_POLICY: an operator may have chosen another
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t slice_ns = 0;  // "runtime" there; 0: the system's own. Before Linux 6.12 it says nothing
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};
static_assert(sizeof(thread_scheduling) == 48);

// False: not permitted, or the thread's policy knows neither. Nothing has changed then.
inline bool schedule_this_thread(int nice, std::uint64_t slice_ns = 0) noexcept {
    thread_scheduling wanted;
    wanted.nice = nice;
    wanted.slice_ns = slice_ns;
    return ::syscall(SYS_sched_setattr, 0, &wanted, 0) == 0;
}

}  // namespace tollgate
