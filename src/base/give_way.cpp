#include "tollgate/base/give_way.hpp"

#include "thread_scheduling.hpp"

#include <sys/resource.h>

#include <ctime>

namespace tollgate {
namespace {

constexpr int behind = 10;        // nice
constexpr int rest_for_work = 3;  // times what the work took

std::chrono::nanoseconds used_by_this_thread() noexcept {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

// On Linux PRIO_PROCESS and 0 are this thread alone. A priority may always be lowered, where neither call is forbidden. The first also ends a slice
// that was inherited from a priority_boost.
give_way::give_way() noexcept
    : by_rests_(::getpriority(PRIO_PROCESS, 0) < behind && !schedule_this_thread(behind) && ::setpriority(PRIO_PROCESS, 0, behind) != 0) {
    if (by_rests_) used_ = used_by_this_thread();
}

std::chrono::nanoseconds give_way::rest() noexcept {
    if (!by_rests_) return {};
    const auto now = used_by_this_thread();
    const auto rest = rest_for_work * (now - used_);
    used_ = now;
    return rest;
}

}  // namespace tollgate
