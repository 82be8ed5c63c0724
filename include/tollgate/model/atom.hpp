// atom.hpp - a short text known by number: API, environment, audience, kind, tenant, owner.
//
// Grants hold numbers so that comparing tenants is comparing integers. Numbers are allotted once by the ledger's apply,
// kept for ever and never reused; the table grows only.
// Threads: text() and find() from every thread, without a lock for text(); add() from one thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

enum class atom : std::uint32_t { none = 0 };  // none is the empty text

class atom_table {
 public:
    atom_table();
    ~atom_table();

    // The text behind `a`; valid as long as the table. An unknown number answers the empty text.
    [[nodiscard]] std::string_view text(atom a) const noexcept;
    [[nodiscard]] std::optional<atom> find(std::string_view text) const;
    // The number of `text`, allotting the next one where it is new.
    atom add(std::string_view text);
    // Loading from the store: `number` must be the next free one.
    void load(atom number, std::string_view text);
    // Many at once, by several threads: reserve() room for all numbers below `to`, put() the text of each from size() on, have each range know() them
    // by their texts, and when all are through, grow() so that they are there.
    void reserve(std::uint32_t to);
    void put(std::uint32_t number, std::string_view text);
    void know(std::uint32_t from, std::uint32_t to);
    void grow(std::uint32_t to);
    void forget_those_to_come();  // instead: what know() was told
    [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }

 private:
    static constexpr std::uint32_t kChunk = 4096, kChunks = 16384;  // 67 million texts
    void make_chunk(std::uint32_t of);
    atom append(std::string_view text);
    [[nodiscard]] std::string& slot(std::uint32_t n) const noexcept { return (*chunks_)[n / kChunk].load(std::memory_order_relaxed)[n % kChunk]; }
    std::unique_ptr<std::array<std::atomic<std::string*>, kChunks>> chunks_;
    std::atomic<std::uint32_t> size_{0};
    mutable std::mutex mutex_;  // numbers_, and appending
    boost::unordered_flat_map<std::string_view, atom, std::hash<std::string_view>> numbers_;
};

}  // namespace tollgate
