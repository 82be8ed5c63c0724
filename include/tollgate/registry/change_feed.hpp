// change_feed.hpp - how every thread learns at once that a grant has changed. (C-4, C-5, T-4)
//
// The committer pushes the changed digests into each thread's bounded ring, then raises the process-wide epoch, then the
// change is answered. No thread is waited for. A ring that is full is marked overrun: its thread drops its cache whole.
// Threads: publish() from the committer only; a ring's drain from its thread only; epoch() from any (one relaxed-cost load).
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/model/digest.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tollgate {

class change_ring {
 public:
    void push(const digest& key) noexcept;  // committer
    // Calls f(digest) for each changed key; answers false when the ring had run over (forget everything).
    template <class F>
    bool drain(F&& f) noexcept;

 private:
    alignas(64) std::atomic<std::uint64_t> head_{0};  // next to write
    alignas(64) std::atomic<std::uint64_t> tail_{0};  // next to read
    std::atomic<bool> overrun_{false};
    std::array<digest, bounds::ring_slots> slots_;
};

class change_feed {
 public:
    explicit change_feed(std::size_t threads);
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_.load(std::memory_order_acquire); }
    [[nodiscard]] change_ring& ring(std::size_t thread) noexcept { return *rings_[thread]; }
    void publish(std::span<const digest> keys) noexcept;

 private:
    alignas(64) std::atomic<std::uint64_t> epoch_{1};
    std::vector<std::unique_ptr<change_ring>> rings_;
};

template <class F>
bool change_ring::drain(F&& f) noexcept {
    const bool whole = !overrun_.exchange(false, std::memory_order_acq_rel);
    auto tail = tail_.load(std::memory_order_relaxed);
    const auto head = head_.load(std::memory_order_acquire);
    for (; tail != head; ++tail) f(slots_[tail & (bounds::ring_slots - 1)]);
    tail_.store(tail, std::memory_order_release);
    return whole;
}

}  // namespace tollgate
