// cpu_time.hpp - CPU time of other processes, to the nanosecond, as the scheduler counts it.
//
// Read by the load generator itself at both ends of what it measures, so that neither its own start nor the connections' is in the
// figure. On loopback the kernel's work on a packet runs in the sender's time, and is counted with it.
// Threads: one. Bounds: threads that have ended are forgotten. Errors: a process that is gone counts nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

// Of all threads of `pids` together.
std::uint64_t cpu_time_ns(const std::vector<std::string>& pids);

}  // namespace tollgate
