// counter.hpp - a number that one thread writes and any reads: what is counted on a request's way without a shared write.
//
// Threads: add() and set() one thread's; get() any.
#pragma once

#include <atomic>
#include <cstdint>

namespace tollgate {

class counter {
 public:
    void add(std::uint64_t n = 1) noexcept { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
    void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace tollgate
