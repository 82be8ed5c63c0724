#include "directory_rows.hpp"

#include "keys.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/users.hpp"

#include <algorithm>

namespace tollgate {
namespace {

token_id id_of(std::string_view text, std::string_view prefix) {
    const auto id = token_id::parse(text, prefix);
    TOLLGATE_CHECK(id.has_value());
    return *id;
}

token_state state_of(account_state s) noexcept {
    if (s == account_state::active) return token_state::active;
    return s == account_state::disabled ? token_state::disabled : token_state::revoked;
}

}  // namespace

digest index_key(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto part : parts) {
        if (!text.empty()) text.push_back('\0');
        text.append(part);
    }
    return sha256(text);
}

std::string folded(std::string_view name) {
    std::string out(name);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

digest user_name_key(std::string_view of_api, std::string_view user_name) { return index_key({"user name", of_api, folded(user_name)}); }

digest subject_key(std::string_view of_api, std::string_view subject) { return index_key({"subject", of_api, subject}); }

digest user_number_key(std::string_view of_api, std::uint64_t number) { return index_key({"user number", of_api, std::to_string(number)}); }

digest state_key(const user& u) { return index_key({"user", u.id}); }

digest state_key(const oauth_client& c) { return index_key({"client", c.id}); }

indexed_grant state_of(const user& u, number_table& numbers, write_batch& batch) {
    indexed_grant out;
    out.id = id_of(u.id, token_id::user_prefix);
    out.state = state_of(u.state);
    out.tenant = numbers.number(u.tenant, batch);
    out.epoch = u.epoch;
    return out;
}

indexed_grant state_of(const oauth_client& c, number_table& numbers, write_batch& batch) {
    indexed_grant out;
    out.id = id_of(c.id, token_id::client_prefix);
    out.state = state_of(c.state);
    out.api = numbers.number(c.api, batch);
    out.environment = numbers.number(c.environment, batch);
    out.tenant = numbers.number(c.tenant, batch);
    for (const auto& s : c.scopes) out.scopes.add(numbers.scope(c.api, s, batch));
    out.full_access = c.scopes.empty();
    out.epoch = c.epoch;
    return out;
}

std::vector<digest> names_of(const user& u) {
    if (u.state == account_state::removed) return {};
    return {user_name_key(u.api, u.user_name), subject_key(u.api, u.subject), user_number_key(u.api, u.number)};
}

std::vector<digest> names_of(const oauth_client&) { return {}; }

std::vector<std::string> listing_keys(const user& u, number_table& numbers, write_batch& batch) {
    if (u.state == account_state::removed) return {};
    return {users_by_api(numbers.number(u.api, batch)).append(id_bytes(id_of(u.id, token_id::user_prefix)))};
}

std::vector<std::string> listing_keys(const oauth_client& c, number_table& numbers, write_batch& batch) {
    if (c.state == account_state::removed) return {};
    return {clients_by_api(numbers.number(c.api, batch)).append(id_bytes(id_of(c.id, token_id::client_prefix)))};
}

}  // namespace tollgate
