// change_feed.hpp - how every thread learns at once that a grant has changed. (C-4, C-5, T-4)
//
// The committer pushes the changed digests into each thread's bounded ring, then raises the process-wide epoch, then the
// change is answered. No thread is waited for. A ring that is full is marked overrun: its thread drops its cache whole.
// Threads: publish() from the committer only; a ring's drain from its thread only; epoch() and publish_everything() from any.
// Bounds: bounds::ring_slots keys a thread has not looked at.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/check.hpp"
#include "tollgate/model/digest.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tollgate {

// One writer, one reader. A key that finds no room is not lost: it becomes "everything".
class change_ring {
 public:
    void push(const digest& key) noexcept;  // committer
    // Makes the next drain() answer false. Any thread.
    void overrun() noexcept { overrun_.store(true, std::memory_order_release); }
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
    [[nodiscard]] std::size_t threads() const noexcept { return rings_.size(); }
    [[nodiscard]] change_ring& ring(std::size_t thread) noexcept {
        TOLLGATE_CHECK(thread < rings_.size());
        return *rings_[thread];
    }
    void publish(std::span<const digest> keys) noexcept;
    // Every grant may have changed (the store was opened again): all threads forget all they know.
    void publish_everything() noexcept;

 private:
    alignas(64) std::atomic<std::uint64_t> epoch_{1};
    std::vector<std::unique_ptr<change_ring>> rings_;
};

// The flag is taken before `head_` is read: a key that found no room after that is announced to the next drain, which
// comes, since its epoch is raised after it.
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
