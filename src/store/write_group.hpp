// write_group.hpp - changes that wait for the ledger's committer together, and how it tells their callers.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/model/change.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tollgate {

// A change of a caller's, in the call's own memory until it is answered.
struct waiting {
    change what;
    result<revision> answer = revision{0};
};

// What is written together, and who waits for it: all of a group are woken by one system call.
class write_group {
 public:
    std::vector<waiting*> changes;

    // A futex, since std::atomic's wait looks and yields some sixteen times before it sleeps: processors that the committer needs.
    void wait() noexcept {
        while (settled_.load(std::memory_order_acquire) == 0) ::syscall(SYS_futex, &settled_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
    }
    void tell() noexcept {
        settled_.store(1, std::memory_order_release);
        ::syscall(SYS_futex, &settled_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
    }

 private:
    static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
    std::atomic<std::uint32_t> settled_{0};
};

// A few changes take some 10 us of a processor each and mostly wait for the disk: they go before what else the processors have to do. Crowds of them
// and an import's calls take their turn.
inline bool is_urgent(const std::vector<waiting*>& group) noexcept {
    constexpr std::size_t few = 16;
    std::size_t puts = 0;
    for (const auto* w : group) puts += std::max<std::size_t>(w->what.puts.size(), 1);  // its audit event at least
    return puts <= few;
}

using shared_group = std::shared_ptr<write_group>;  // the committer's and its callers': the last of them ends it

}  // namespace tollgate
