#include "keys.hpp"
#include "registry_impl.hpp"

namespace tollgate {

// Over the index of ends (src/store/FORMAT.md), which has no revoked tokens and is in the order of time.
result<void> registry::expiring(
    std::string_view of_api, timestamp from, timestamp to, const std::function<bool(const token_id& id, timestamp at)>& row) const {
    const auto number = atoms().find(of_api);
    if (!number) return {};  // no token has it
    const auto prefix = by_end(*number);
    auto begin = prefix;
    append_number(begin, static_cast<std::uint64_t>(from.us));
    return impl_->db->scan(families::listing, prefix, begin, [&](std::string_view key, std::string_view) {
        const auto id = id_at_end(key);
        key.remove_prefix(prefix.size());
        const auto at = take_number<std::uint64_t>(key);
        if (!id || !at) return true;
        const timestamp end{static_cast<std::int64_t>(*at)};
        return end < to && row(*id, end);
    });
}

}  // namespace tollgate
