#include "grant_rows.hpp"

#include "keys.hpp"
#include "name_words.hpp"

#include "tollgate/base/check.hpp"

namespace tollgate {

indexed_grant grant_of(const token& t, const token_generation& g, number_table& numbers, write_batch& batch) {
    const auto id = token_id::parse(t.id);
    TOLLGATE_CHECK(id.has_value());
    const auto number = [&](std::string_view text) { return numbers.number(text, batch); };
    indexed_grant out;
    out.id = *id;
    for (const auto& s : t.scopes) out.scopes.add(numbers.scope(t.api, s, batch));
    if (t.expires_at) out.expires_at = *t.expires_at;
    if (g.ends_at) out.superseded_at = *g.ends_at;
    out.api = number(t.api);
    out.kind = number(t.kind);
    out.audience = number(t.audience);
    out.environment = number(t.environment);
    out.tenant = number(t.tenant);
    out.owner = number(t.owner);
    out.version = number(t.version);
    out.epoch = t.epoch;
    out.generation = g.number;
    out.state = t.state;
    out.full_access = t.full_access;
    out.second_factor = t.assurance > 1;
    out.restricted_addresses = !t.allowed_ips.empty();
    for (const auto& text : t.allowed_ips)  // one that does not parse lets nobody in
        if (const auto block = ip_block::parse(text)) out.addresses.push_back(*block);
    return out;
}

std::vector<std::string> listing_keys(const token& t, number_table& numbers, write_batch& batch) {
    const auto id = token_id::parse(t.id);
    TOLLGATE_CHECK(id.has_value());
    const auto of_api = numbers.number(t.api, batch);
    const auto words = name_words(t.name);
    std::vector<std::string> keys;
    keys.reserve(5 + t.scopes.size() + words.size());
    keys.push_back(by_api(of_api));
    keys.push_back(by_state(of_api, t.state));
    if (!t.owner.empty()) keys.push_back(by_owner(of_api, numbers.number(t.owner, batch)));
    if (!t.tenant.empty()) keys.push_back(by_tenant(of_api, numbers.number(t.tenant, batch)));
    for (const auto& s : t.scopes) keys.push_back(by_scope(of_api, numbers.scope(t.api, s, batch)));
    for (const auto& word : words) keys.push_back(by_word(of_api).append(word).append(1, '\0'));
    if (t.expires_at && t.state != token_state::revoked) {
        keys.push_back(by_end(of_api));
        append_number(keys.back(), t.expires_at->us);
    }
    for (auto& key : keys) key.append(id_bytes(*id));
    return keys;
}

}  // namespace tollgate
