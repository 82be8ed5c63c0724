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
    // About so many are going to be there.
    void expect(std::size_t texts);
    // Loading from the store: `number` must be the next free one.
    void load(atom number, std::string_view text);
    [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_acquire); }

 private:
    static constexpr std::uint32_t kChunk = 4096, kChunks = 16384;  // 67 million texts
    atom append(std::string_view text);
    std::unique_ptr<std::array<std::atomic<std::string*>, kChunks>> chunks_;
    std::atomic<std::uint32_t> size_{0};
    mutable std::mutex mutex_;  // numbers_, and appending
    boost::unordered_flat_map<std::string_view, atom, std::hash<std::string_view>> numbers_;
};

}  // namespace tollgate
