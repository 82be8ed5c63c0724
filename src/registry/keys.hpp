// keys.hpp - families and keys of the `control` database, as src/store/FORMAT.md specifies them.
#pragma once

#include "tollgate/model/atom.hpp"
#include "tollgate/model/change.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/model/scope_set.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/model/token_id.hpp"
#include "tollgate/store/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

namespace families {
inline constexpr family facts = 0, records = 1, index = 2, listing = 3, numbers = 4, audit = 5;
}  // namespace families

inline constexpr std::string_view format_key = "format";
inline constexpr std::string_view format_number = "2";
inline constexpr std::string_view audit_head_key = "audit/head";
inline constexpr std::string_view last_user_key = "users/last";

inline constexpr std::string_view token_prefix = "token/";
inline constexpr std::string_view actor_prefix = "actor/";
inline constexpr std::string_view authorization_prefix = "authorization/";
inline constexpr std::string_view mac_key_prefix = "key/";
inline constexpr std::string_view revoked_prefix = "revoked/";
inline constexpr std::string_view user_record_prefix = "user/";
inline constexpr std::string_view client_record_prefix = "client/";
inline constexpr std::string_view atom_prefix = "atom/";
inline constexpr std::string_view scope_prefix = "scope/";

database_options control_database(std::string path, std::size_t cache_bytes);

// Fixed-width numbers, most significant byte first.
template <class T>
void append_number(std::string& out, T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xff));
}
// Takes one from the front; nothing where there is too little.
template <class T>
std::optional<T> take_number(std::string_view& in) {
    if (in.size() < sizeof(T)) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<unsigned char>(in[i]);
    in.remove_prefix(sizeof(T));
    return static_cast<T>(value);
}

std::string token_key(std::string_view id);
std::string actor_key(std::string_view id);
std::string authorization_key(std::string_view id);
std::string mac_key_key(std::uint32_t id);
std::string revoked_key(std::string_view id);
std::string user_key(std::string_view id);
std::string client_key(std::string_view id);
std::string_view digest_key(const digest& d) noexcept;  // a view into `d`

std::string atom_rows();  // what every atom_key() begins with
std::string atom_key(atom a);
std::optional<std::uint32_t> number_in_atom_key(std::string_view key) noexcept;
std::string scope_rows();
std::string scope_key(atom of_api, scope_number n);
std::string audit_row_key(revision r);

// Prefixes of listing keys; the id follows.
std::string by_api(atom of_api);
std::string by_owner(atom of_api, atom owner);
std::string by_tenant(atom of_api, atom tenant);
std::string by_state(atom of_api, token_state state);
std::string by_scope(atom of_api, scope_number scope);
std::string by_word(atom of_api);                       // then the word and a zero byte
std::string by_end(atom of_api);                        // then the end, u64
std::string actors_by_api(atom of_api);
std::string actors_by_tenant(atom of_api, atom tenant);
// Access tokens that were revoked, by when they end: u64 end, then the id. Of no API.
std::string revoked_ends();
std::string by_revoked_end(timestamp end, const token_id& id);
std::optional<timestamp> revoked_end_of(std::string_view key) noexcept;
std::string users_by_api(atom of_api);
std::string clients_by_api(atom of_api);
std::string_view id_bytes(const token_id& id) noexcept;  // a view into `id`
// The id that ends a listing key.
std::optional<token_id> id_at_end(std::string_view key) noexcept;

}  // namespace tollgate
