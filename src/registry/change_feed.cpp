#include "tollgate/registry/change_feed.hpp"

namespace tollgate {

void change_ring::push(const digest& key) noexcept {
    const auto head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == bounds::ring_slots) return overrun();
    slots_[head & (bounds::ring_slots - 1)] = key;
    head_.store(head + 1, std::memory_order_release);
}

change_feed::change_feed(std::size_t threads) {
    rings_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) rings_.push_back(std::make_unique<change_ring>());
}

void change_feed::publish(std::span<const digest> keys) noexcept {
    for (auto& ring : rings_)
        for (const auto& key : keys) ring->push(key);
    epoch_.fetch_add(1, std::memory_order_acq_rel);
}

void change_feed::publish_everything() noexcept {
    for (auto& ring : rings_) ring->overrun();
    epoch_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace tollgate
