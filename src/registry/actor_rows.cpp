#include "actor_rows.hpp"

#include "keys.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/actors.hpp"

namespace tollgate {

void write_actor_key(const actor_place& of, std::string& out) {
    out.assign("actor");
    for (const auto part : {of.api, of.tenant, of.environment, of.id}) {
        out.push_back('\0');
        out.append(part);
    }
}

digest actor_digest(const actor& a) {
    std::string text;
    write_actor_key({a.api, a.tenant, a.environment, a.id}, text);
    return sha256(text);
}

grant grant_of_actor(const actor& a) {
    const auto id = token_id::parse(a.id, token_id::actor_prefix);
    TOLLGATE_CHECK(id.has_value());
    grant out;
    out.id = *id;
    out.state = a.removed_at ? token_state::revoked : token_state::active;
    return out;
}

std::vector<std::string> actor_listing_keys(const actor& a, number_table& numbers, write_batch& batch) {
    if (a.removed_at) return {};
    const auto id = token_id::parse(a.id, token_id::actor_prefix);
    TOLLGATE_CHECK(id.has_value());
    const auto of_api = numbers.number(a.api, batch);
    std::vector<std::string> keys{actors_by_api(of_api)};
    if (!a.tenant.empty()) keys.push_back(actors_by_tenant(of_api, numbers.number(a.tenant, batch)));
    for (auto& key : keys) key.append(id_bytes(*id));
    return keys;
}

}  // namespace tollgate
