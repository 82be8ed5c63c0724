// sieve_cache.hpp - a bounded map from digest to value that keeps what is asked for (SIEVE; Zhang et al., NSDI '24).
//
// Values stand in the order in which they came. A hit only marks its value as visited. When room is needed, a hand walks
// from the oldest to the newest, takes the mark off those visited, and evicts the first that has none. What is never
// looked at again leaves first, and a hit moves nothing.
// Looked up by open addressing over 8-byte slots (a piece of the hash, and a number), so that a miss touches one cache line and a
// hit two. The hash is seeded by the address of the cache: who chooses digests does not choose their slots.
// Threads: one. Bounds: `capacity` values; the oldest unvisited one goes. Memory is taken as values come, and kept.
// `Leaving` is told of each value that is evicted, erased or replaced, but not of those that clear() drops.
#pragma once

#include "tollgate/base/check.hpp"
#include "tollgate/base/huge_pages.hpp"
#include "tollgate/model/digest.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tollgate {

struct unnoticed {
    template <class Value>
    void operator()(const Value&) const noexcept {}
};

template <class Value, class Leaving = unnoticed>
class sieve_cache {
 public:
    explicit sieve_cache(std::size_t capacity, Leaving leaving = {}) : capacity_(capacity), leaving_(leaving) {
        TOLLGATE_CHECK(capacity > 0 && capacity < none);
        nodes_.reserve(capacity);  // untouched memory until used; pointers stay
        slots_.assign(std::bit_ceil(capacity * 2), slot{});
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    // The value of `key`, marked as visited, or nullptr. Holds until the next put, erase or clear.
    const Value* find(const digest& key) noexcept {
        const auto at = locate(key, hash(key));
        if (at == nowhere) return nullptr;
        auto& n = nodes_[slots_[at].number];
        if (!n.visited) n.visited = true;
        return &n.value;
    }
    // The same, leaving no mark: values that are only ever peeked at go in the order in which they came.
    const Value* peek(const digest& key) const noexcept {
        const auto at = locate(key, hash(key));
        return at == nowhere ? nullptr : &nodes_[slots_[at].number].value;
    }

    // Hints ahead of find(), which then waits for memory the less the longer ago they were: the first brings the slots to look in, the
    // second, once these are there, the value that they name. Neither waits, marks or promises anything.
    void prefetch(const digest& key) const noexcept { __builtin_prefetch(&slots_[hash(key) & mask()]); }
    void prefetch_value(const digest& key) const noexcept {
        const auto h = hash(key);
        const auto& s = slots_[h & mask()];
        if (s.number == none || s.tag != tag_of(h)) return;
        const auto* n = reinterpret_cast<const char*>(&nodes_[s.number]);
        __builtin_prefetch(n);
        __builtin_prefetch(n + sizeof(node) - 1);
    }

    void put(const digest& key, const Value& value) {
        const auto h = hash(key);
        if (const auto at = locate(key, h); at != nowhere) {
            auto& before = nodes_[slots_[at].number].value;
            leaving_(before);
            before = value;
            return;
        }
        if (size_ == capacity_) evict();
        const auto number = take_node();
        auto& n = nodes_[number];
        n.key = key;
        n.value = value;
        n.visited = false;
        link_newest(number);
        insert_slot(h, number);
        ++size_;
    }

    bool erase(const digest& key) noexcept {
        const auto at = locate(key, hash(key));
        if (at == nowhere) return false;
        remove(at);
        return true;
    }

    void clear() noexcept {
        if (nodes_.empty()) return;
        std::fill(slots_.begin(), slots_.end(), slot{});
        nodes_.clear();
        newest_ = oldest_ = hand_ = free_ = none;
        size_ = 0;
    }

 private:
    static constexpr std::uint32_t none = 0xffff'ffff;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    struct slot {
        std::uint32_t tag = 0;
        std::uint32_t number = none;
    };
    struct node {
        digest key;
        std::uint32_t older = none, newer = none;  // `newer` also links free nodes
        bool visited = false;
        Value value{};
    };

    [[nodiscard]] std::uint64_t hash(const digest& key) const noexcept {
        std::uint64_t word;
        std::memcpy(&word, key.bytes.data(), sizeof word);
        const auto product = static_cast<unsigned __int128>(word ^ seed_) * 0x9e37'79b9'7f4a'7c15u;
        return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
    }
    [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
    static std::uint32_t tag_of(std::uint64_t h) noexcept { return static_cast<std::uint32_t>(h >> 32); }

    [[nodiscard]] std::size_t locate(const digest& key, std::uint64_t h) const noexcept {
        for (auto at = h & mask();; at = (at + 1) & mask()) {
            const auto& s = slots_[at];
            if (s.number == none) return nowhere;
            if (s.tag == tag_of(h) && nodes_[s.number].key == key) return at;
        }
    }
    void insert_slot(std::uint64_t h, std::uint32_t number) noexcept {
        auto at = h & mask();
        while (slots_[at].number != none) at = (at + 1) & mask();
        slots_[at] = {tag_of(h), number};
    }
    // Closes the gap by moving back what would no longer be found behind it.
    void erase_slot(std::size_t gap) noexcept {
        for (auto at = (gap + 1) & mask(); slots_[at].number != none; at = (at + 1) & mask()) {
            const auto home = hash(nodes_[slots_[at].number].key) & mask();
            if (((at - home) & mask()) < ((at - gap) & mask())) continue;
            slots_[gap] = slots_[at];
            gap = at;
        }
        slots_[gap] = slot{};
    }

    std::uint32_t take_node() {
        if (free_ != none) {
            const auto number = free_;
            free_ = nodes_[number].newer;
            return number;
        }
        nodes_.emplace_back();
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    void link_newest(std::uint32_t number) noexcept {
        auto& n = nodes_[number];
        n.older = newest_;
        n.newer = none;
        if (newest_ != none) nodes_[newest_].newer = number;
        newest_ = number;
        if (oldest_ == none) oldest_ = number;
    }
    void remove(std::size_t at) noexcept {
        const auto number = slots_[at].number;
        erase_slot(at);
        auto& n = nodes_[number];
        leaving_(n.value);
        if (hand_ == number) hand_ = n.newer;
        (n.older == none ? oldest_ : nodes_[n.older].newer) = n.newer;
        (n.newer == none ? newest_ : nodes_[n.newer].older) = n.older;
        n.newer = free_;
        free_ = number;
        --size_;
    }
    void evict() noexcept {
        if (hand_ == none) hand_ = oldest_;
        while (nodes_[hand_].visited) {
            nodes_[hand_].visited = false;
            hand_ = nodes_[hand_].newer == none ? oldest_ : nodes_[hand_].newer;
        }
        const auto& key = nodes_[hand_].key;
        remove(locate(key, hash(key)));
    }

    std::size_t capacity_;
    [[no_unique_address]] Leaving leaving_;
    std::size_t size_ = 0;
    std::uint64_t seed_ = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this)) * 0xd6e8'feb8'6659'fd93u;
    std::vector<slot, huge_pages<slot>> slots_;
    std::vector<node, huge_pages<node>> nodes_;
    std::uint32_t newest_ = none, oldest_ = none, hand_ = none, free_ = none;
};

}  // namespace tollgate
