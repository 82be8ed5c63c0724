#include "tollgate/gateway/address_table.hpp"

#include <cstring>

namespace tollgate {

address_table::key address_table::key_of(const ip_address& from) noexcept {
    key k;
    std::memcpy(&k.first, from.bytes.data(), sizeof k.first);
    std::memcpy(&k.second, from.bytes.data() + sizeof k.first, sizeof k.second);
    if (!from.is_v4()) k.second = 0;
    return k;
}

bool address_table::enter(const ip_address& from, std::size_t most) {
    const auto k = key_of(from);
    auto& s = shard_of(k);
    const std::lock_guard lock(s.mutex);
    auto& n = s.counts[k];
    if (n >= most) return false;
    ++n;
    return true;
}

void address_table::leave(const ip_address& from) noexcept {
    const auto k = key_of(from);
    auto& s = shard_of(k);
    const std::lock_guard lock(s.mutex);
    const auto it = s.counts.find(k);
    if (it != s.counts.end() && --it->second == 0) s.counts.erase(it);
}

std::size_t address_table::count(const ip_address& from) const {
    const auto k = key_of(from);
    const auto& s = shard_of(k);
    const std::lock_guard lock(s.mutex);
    const auto it = s.counts.find(k);
    return it == s.counts.end() ? 0 : it->second;
}

}  // namespace tollgate
