#include "tollgate/base/priority_boost.hpp"

#include "thread_scheduling.hpp"

#include <sys/resource.h>

#include <ctime>

namespace tollgate {
namespace {

constexpr int ahead = -15;                      // nice
constexpr std::uint64_t short_slice = 100'000;  // ns, the least there is

enum class permitted : std::uint8_t { both, slices, nothing };
std::atomic<permitted> as_far_as_known{permitted::both};  // what was refused once is not asked for again

std::atomic<std::int64_t> second_under_way{-1};
std::atomic<int> made_in_it{0};

// Two threads that meet a new second may let through one or two more.
bool within_budget() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (second_under_way.exchange(now.tv_sec, std::memory_order_relaxed) != now.tv_sec) made_in_it.store(0, std::memory_order_relaxed);
    return made_in_it.fetch_add(1, std::memory_order_relaxed) < priority_boost::most_a_second;
}

}  // namespace

alignas(64) constinit std::atomic<int> priority_boost::alive_{0};
constinit std::atomic<std::uint32_t> priority_boost::made_{0};

priority_boost::priority_boost() noexcept : before_(0), counted_(within_budget()), given_(false) {
    if (!counted_) return;
    made_.fetch_add(1, std::memory_order_relaxed);
    alive_.fetch_add(1, std::memory_order_relaxed);
    const auto may = as_far_as_known.load(std::memory_order_relaxed);
    if (may == permitted::nothing) return;
    before_ = ::getpriority(PRIO_PROCESS, 0);  // of this thread alone, on Linux
    if (before_ <= ahead) return;
    if (may == permitted::both) {
        given_ = schedule_this_thread(ahead, short_slice);
        if (given_) return;
    }
    given_ = schedule_this_thread(before_, short_slice);
    as_far_as_known.store(given_ ? permitted::slices : permitted::nothing, std::memory_order_relaxed);
}

priority_boost::~priority_boost() {
    if (counted_) alive_.fetch_sub(1, std::memory_order_relaxed);
    if (given_) schedule_this_thread(before_);
}

}  // namespace tollgate
