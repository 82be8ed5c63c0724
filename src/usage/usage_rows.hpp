// usage_rows.hpp - keys and values of the family `usage`, as src/store/FORMAT.md specifies them.
#pragma once

#include "tollgate/usage/usage_log.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

std::string last_use_prefix(const token_id& id);
std::string scope_use_prefix(const token_id& id);
std::string address_prefix(const token_id& id);
std::string route_use_prefix(const token_id& id);
std::string route_uses_prefix();                       // of everybody
std::string behind_route_uses(const token_id& id);     // after every key of theirs, before the next one's
std::string series_prefix(usage_step step, const token_id& id);

std::string last_use_key(const token_id& id, std::uint32_t generation);
std::string scope_use_key(const token_id& id, scope_number scope);
std::string address_key(const token_id& id, const ip_address& from);
std::string series_key(usage_step step, const token_id& id, std::uint32_t start_minute);

// The number that ends a key: generation, scope, minute.
std::uint32_t number_at_end(std::string_view key, std::size_t bytes) noexcept;
std::optional<ip_address> address_at_end(std::string_view key) noexcept;
// Whose a row of a route is, and the route. False: the key is too short.
bool take_route_use(std::string_view key, token_id& who, std::string_view& route) noexcept;

std::string encode(const last_use& v);
std::string encode(const scope_use& v);
std::string encode(const route_use& v);
std::string encode(const address_use& v);
std::string encode(const usage_row& v, usage_step step);
// Nothing: no such value.
std::optional<last_use> decode_last_use(std::string_view value);
std::optional<scope_use> decode_scope_use(std::string_view value);
std::optional<address_use> decode_address(std::string_view value);
std::optional<route_use> decode_route_use(std::string_view value);  // without its route, which ends the key
std::optional<usage_row> decode_series(std::string_view value);

// The minute in which the step that holds `minute` begins.
std::uint32_t start_of(usage_step step, std::uint32_t minute) noexcept;

}  // namespace tollgate
