#include "keys.hpp"

#include "tollgate/base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tollgate {
namespace {

enum class listing : std::uint8_t {
    api = 1,
    owner = 2,
    tenant = 3,
    state = 4,
    scope = 5,
    word = 6,
    end = 7,
    actor = 8,
    actor_tenant = 9,
    user = 10,
    client = 11,
};
constexpr std::size_t kListingBeginning = 7;  // kind, API, and a state or scope: behind them ids, which rise
constexpr std::size_t kListingKey = 1 + sizeof(atom) + bounds::listed_word_bytes + 1 + sizeof(token_id::bytes);  // the longest
constexpr std::uint8_t kRevokedEnds = 32;  // a listing key without an API
enum class number : std::uint8_t { atom = 1, scope = 2 };

std::string prefix_of(listing which, atom of_api) {
    std::string key;
    key.reserve(kListingKey);
    append_number(key, static_cast<std::uint8_t>(which));
    append_number(key, static_cast<std::uint32_t>(of_api));
    return key;
}

std::string joined(std::string_view prefix, std::string_view id) {
    std::string key;
    key.reserve(prefix.size() + id.size());
    return key.append(prefix).append(id);
}

}  // namespace

database_options control_database(std::string path, std::size_t cache_bytes) {
    database_options o;
    o.path = std::move(path);
    o.cache_bytes = cache_bytes;
    o.log_ahead = true;
    o.families = {{.name = "default"}, {.name = "records", .point_lookups = true, .sorted_puts = true, .merged_at_once = 16},
        {.name = "index",
            .point_lookups = true,
            .compressed = false,
            .found = true,
            .hashed = 2,
            .cached = false,
            .sorted_puts = true,
            .merged_at_once = 4},
        {.name = "listing", .sorted_puts = true, .beginning = kListingBeginning, .merged_at_once = 16}, {.name = "numbers", .merged_at_once = 8},
        {.name = "audit", .merged_at_once = 8}};
    return o;
}

std::string token_key(std::string_view id) { return joined(token_prefix, id); }

std::string actor_key(std::string_view id) { return joined(actor_prefix, id); }

std::string authorization_key(std::string_view id) { return joined(authorization_prefix, id); }

std::string mac_key_key(std::uint32_t id) { return fmt::format("{}{:010}", mac_key_prefix, id); }

std::string revoked_key(std::string_view id) { return joined(revoked_prefix, id); }
std::string user_key(std::string_view id) { return joined(user_record_prefix, id); }

std::string client_key(std::string_view id) { return joined(client_record_prefix, id); }

std::string_view digest_key(const digest& d) noexcept { return {reinterpret_cast<const char*>(d.bytes.data()), d.bytes.size()}; }

std::string atom_rows() { return {static_cast<char>(number::atom)}; }

std::string atom_key(atom a) {
    auto key = atom_rows();
    append_number(key, static_cast<std::uint32_t>(a));
    return key;
}

std::optional<std::uint32_t> number_in_atom_key(std::string_view key) noexcept {
    if (key.size() != 1 + sizeof(std::uint32_t)) return std::nullopt;
    key.remove_prefix(1);
    return take_number<std::uint32_t>(key);
}

std::string scope_rows() { return {static_cast<char>(number::scope)}; }

std::string scope_key(atom of_api, scope_number n) {
    auto key = scope_rows();
    append_number(key, static_cast<std::uint32_t>(of_api));
    append_number(key, n);
    return key;
}

std::string audit_row_key(revision r) {
    std::string key;
    append_number(key, r);
    return key;
}

std::string by_api(atom of_api) { return prefix_of(listing::api, of_api); }

std::string by_owner(atom of_api, atom owner) {
    auto key = prefix_of(listing::owner, of_api);
    append_number(key, static_cast<std::uint32_t>(owner));
    return key;
}

std::string by_tenant(atom of_api, atom tenant) {
    auto key = prefix_of(listing::tenant, of_api);
    append_number(key, static_cast<std::uint32_t>(tenant));
    return key;
}

std::string by_state(atom of_api, token_state state) {
    auto key = prefix_of(listing::state, of_api);
    append_number(key, static_cast<std::uint8_t>(state));
    return key;
}

std::string by_scope(atom of_api, scope_number scope) {
    auto key = prefix_of(listing::scope, of_api);
    append_number(key, scope);
    return key;
}

std::string by_word(atom of_api) { return prefix_of(listing::word, of_api); }

std::string by_end(atom of_api) { return prefix_of(listing::end, of_api); }

std::string actors_by_api(atom of_api) { return prefix_of(listing::actor, of_api); }

std::string actors_by_tenant(atom of_api, atom tenant) {
    auto key = prefix_of(listing::actor_tenant, of_api);
    append_number(key, static_cast<std::uint32_t>(tenant));
    return key;
}

std::string revoked_ends() { return std::string(1, static_cast<char>(kRevokedEnds)); }

std::string by_revoked_end(timestamp end, const token_id& id) {
    auto key = revoked_ends();
    append_number(key, end.us);
    return key.append(id_bytes(id));
}

std::optional<timestamp> revoked_end_of(std::string_view key) noexcept {
    key.remove_prefix(std::min<std::size_t>(key.size(), 1));
    const auto end = take_number<std::int64_t>(key);
    return end ? std::optional(timestamp{*end}) : std::nullopt;
}
std::string users_by_api(atom of_api) { return prefix_of(listing::user, of_api); }

std::string clients_by_api(atom of_api) { return prefix_of(listing::client, of_api); }

std::string_view id_bytes(const token_id& id) noexcept { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }

std::optional<token_id> id_at_end(std::string_view key) noexcept {
    token_id id;
    if (key.size() < id.bytes.size()) return std::nullopt;
    std::memcpy(id.bytes.data(), key.data() + key.size() - id.bytes.size(), id.bytes.size());
    return id;
}

}  // namespace tollgate
