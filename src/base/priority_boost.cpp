#include "tollgate/base/priority_boost.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace tollgate {
namespace {

constexpr int ahead = -15;  // nice
constexpr std::uint64_t short_slice = 100'000;  // ns, the least there is
constexpr std::uint64_t usual_slice = 0;        // the system's own

// struct sched_attr of sched_setattr(2), which Debian 12 has in a comment only.
struct attributes {
    std::uint32_t size = sizeof(attributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0x08;  // SCHED_FLAG_KEEP_POLICY: an operator may have chosen another
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;  // the slice
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};
static_assert(sizeof(attributes) == 48);

// Of this thread.
bool set(int nice, std::uint64_t slice) noexcept {
    attributes wanted;
    wanted.nice = nice;
    wanted.runtime = slice;
    return ::syscall(SYS_sched_setattr, 0, &wanted, 0) == 0;
}

enum class permitted : std::uint8_t { both, slices, nothing };
std::atomic<permitted> as_far_as_known{permitted::both};  // what was refused once is not asked for again

}  // namespace

alignas(64) constinit std::atomic<int> priority_boost::alive_{0};
constinit std::atomic<std::uint32_t> priority_boost::made_{0};

priority_boost::priority_boost() noexcept : before_(0), given_(false) {
    made_.fetch_add(1, std::memory_order_relaxed);
    alive_.fetch_add(1, std::memory_order_relaxed);
    const auto may = as_far_as_known.load(std::memory_order_relaxed);
    if (may == permitted::nothing) return;
    before_ = ::getpriority(PRIO_PROCESS, 0);  // of this thread alone, on Linux
    if (before_ <= ahead) return;
    if (may == permitted::both) {
        given_ = set(ahead, short_slice);
        if (given_) return;
    }
    given_ = set(before_, short_slice);
    as_far_as_known.store(given_ ? permitted::slices : permitted::nothing, std::memory_order_relaxed);
}

priority_boost::~priority_boost() {
    alive_.fetch_sub(1, std::memory_order_relaxed);
    if (given_) set(before_, usual_slice);
}

}  // namespace tollgate
