#include "restore_ended.hpp"

#include "keys.hpp"

#include "tollgate/codec/records.hpp"

#include <algorithm>
#include <string>

namespace tollgate {
namespace {

// `newer` over `older`, as far as it ended something.
void end_as(authorization& older, const authorization& newer) {
    older.epoch = std::max(older.epoch, newer.epoch);
    if (newer.generation > older.generation) {
        older.generation = newer.generation;
        older.repeatable = newer.repeatable;
        older.repeat_until = newer.repeat_until;
        older.expires_at = newer.expires_at;
    }
    if (newer.state == token_state::active) return;
    older.state = newer.state;
    older.revoked_at = newer.revoked_at;
}

template <class T>
void end_account(T& older, const T& newer) {
    older.epoch = std::max(older.epoch, newer.epoch);
    older.state = newer.state;
    older.removed_at = newer.removed_at;
}

void end_as(user& older, const user& newer) {
    end_account(older, newer);
    older.password = newer.password;
    older.totp = newer.totp;
}

void end_as(oauth_client& older, const oauth_client& newer) {
    end_account(older, newer);
    older.secret_digest = newer.secret_digest;
    older.secret_hint = newer.secret_hint;
}

template <class T>
std::optional<std::string> ended(std::string_view text, const std::optional<stored_record>& then, result<T> (*parse)(std::string_view)) {
    if (!then) return std::nullopt;  // it is not in the copy: nothing that stands on it works
    const auto newer = parse(text);
    auto older = parse(then->json);
    if (!newer || !older) return std::nullopt;
    const auto was = *older;
    end_as(*older, *newer);
    if (*older == was) return std::nullopt;
    return serialize(to_json(*older));
}

std::optional<std::string> becomes(std::string_view key, std::string_view text, const std::optional<stored_record>& then) {
    if (key.starts_with(mac_key_prefix) || key.starts_with(revoked_prefix))
        return then && then->json == text ? std::nullopt : std::optional(std::string(text));
    if (key.starts_with(authorization_prefix)) return ended<authorization>(text, then, authorization_from_json);
    if (key.starts_with(user_record_prefix)) return ended<user>(text, then, user_from_json);
    return ended<oauth_client>(text, then, oauth_client_from_json);
}

}  // namespace

std::optional<change> ended_since(std::string_view key, std::string_view text, const std::optional<stored_record>& then, timestamp now) {
    auto value = becomes(key, text, then);
    if (!value) return std::nullopt;
    const auto kind = key.substr(0, key.find('/')), name = key.substr(kind.size() + 1);
    change c;
    c.puts.push_back({std::string(key), std::move(*value)});
    c.conditions.push_back({std::string(key), then ? std::optional(then->at) : std::nullopt});
    c.event = {now, {}, {}, "restore", std::string(kind) + ".restore", {}, std::string(name), serialize(json::object{})};
    return c;
}

}  // namespace tollgate
