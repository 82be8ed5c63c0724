#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/codec/records.hpp"

#include <algorithm>
#include <vector>

namespace tollgate {

// Looks at every record: for a round every few minutes, off every request's way.
result<void> registry::expiring(
    std::string_view of_api, timestamp from, timestamp to, const std::function<bool(const token_id& id, timestamp at)>& row) const {
    std::vector<std::pair<timestamp, token_id>> found;
    const auto scanned = impl_->db->scan(families::records, token_prefix, {}, [&](std::string_view, std::string_view value) {
        value.remove_prefix(std::min(value.size(), sizeof(revision)));
        const auto t = token_from_json(value);
        const auto id = t ? token_id::parse(t->id) : std::nullopt;
        const bool soon =
            id && t->api == of_api && t->state != token_state::revoked && t->expires_at && *t->expires_at >= from && *t->expires_at < to;
        if (soon) found.emplace_back(*t->expires_at, *id);
        return true;
    });
    if (!scanned) return scanned;
    std::sort(found.begin(), found.end());
    for (const auto& [at, id] : found)
        if (!row(id, at)) break;
    return {};
}

}  // namespace tollgate
