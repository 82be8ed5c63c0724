// revoked_bits.hpp - which access tokens may have been revoked one by one: a bit for many ids, so that most requests need no look-up.
//
// A clear bit is certain; a set one is a reason to read the record. Bits are set before the change is published and never cleared while
// the store is open.
// Threads: add() the committer, or nobody else there; maybe() any.
#pragma once

#include "tollgate/model/token_id.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

namespace tollgate {

class revoked_bits {
 public:
    void add(const token_id& id) noexcept {
        const auto at = place_of(id);
        words_[at / 64].fetch_or(1ull << at % 64, std::memory_order_release);
    }
    [[nodiscard]] bool maybe(const token_id& id) const noexcept {
        const auto at = place_of(id);
        return (words_[at / 64].load(std::memory_order_acquire) >> at % 64 & 1) != 0;
    }

 private:
    static constexpr std::size_t kBits = 1ull << (64 - 41);  // 1 MiB: with a million ids one in nine others looks like one of them
    static std::size_t place_of(const token_id& id) noexcept {
        std::uint64_t random;  // the last bytes of an id are
        std::memcpy(&random, id.bytes.data() + 8, sizeof random);
        return random * 0x9e37'79b9'7f4a'7c15u >> 41;
    }
    std::unique_ptr<std::atomic<std::uint64_t>[]> words_ = std::make_unique<std::atomic<std::uint64_t>[]>(kBits / 64);
};

}  // namespace tollgate
