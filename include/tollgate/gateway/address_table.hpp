// address_table.hpp - connections by the address that they come from, over all threads: nobody takes them all. (W-13)
//
// An IPv6 caller has a /64 to choose from, so that counts as one address. Touched when a connection opens and when it ends, never by a request.
// Threads: any. Bounds: as many entries as there are connections.
#pragma once

#include "tollgate/model/ip_address.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace tollgate {

class address_table {
 public:
    // One more connection from `from`, unless it has `most` already.
    [[nodiscard]] bool enter(const ip_address& from, std::size_t most);
    // One that entered has ended.
    void leave(const ip_address& from) noexcept;
    [[nodiscard]] std::size_t count(const ip_address& from) const;

 private:
    using key = std::pair<std::uint64_t, std::uint64_t>;
    struct hash {
        std::size_t operator()(const key& k) const noexcept { return static_cast<std::size_t>((k.first ^ (k.second << 1)) * 0x9e3779b97f4a7c15ull); }
    };
    struct alignas(64) shard {
        mutable std::mutex mutex;
        std::unordered_map<key, std::size_t, hash> counts;
    };
    static key key_of(const ip_address& from) noexcept;
    shard& shard_of(const key& k) noexcept { return shards_[hash()(k) >> 58]; }
    const shard& shard_of(const key& k) const noexcept { return shards_[hash()(k) >> 58]; }
    std::array<shard, 64> shards_;
};

}  // namespace tollgate
