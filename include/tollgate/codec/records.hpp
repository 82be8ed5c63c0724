// records.hpp - described records (model/) <-> JSON text. Timestamps are RFC 3339 UTC with microseconds.
//
// Unknown keys in stored JSON are ignored (a newer build wrote them); missing ones keep their default.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/model/actor.hpp"
#include "tollgate/model/authorization.hpp"
#include "tollgate/model/change.hpp"
#include "tollgate/model/mac_key.hpp"
#include "tollgate/model/oauth_client.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/model/user.hpp"

#include <string>
#include <string_view>

namespace tollgate {

json::object to_json(const token& t);             // every field, secrets there are none; digests included
json::object to_json(const actor& a);
json::object to_json(const authorization& a);
json::object to_json(const mac_key& k);
json::object to_json(const revoked_access& r);
json::object to_json(const user& u);          // digests, and what is sealed, included
json::object to_json(const oauth_client& c);  // likewise
json::object to_json(const audit_event& e);
std::string json_text(const token& t);        // serialize(to_json(t)), letter for letter, in a third of the time
std::string json_text(const audit_event& e);  // likewise
result<token> token_from_json(std::string_view text);
result<actor> actor_from_json(std::string_view text);
result<user> user_from_json(std::string_view text);
result<oauth_client> oauth_client_from_json(std::string_view text);
result<authorization> authorization_from_json(std::string_view text);
result<mac_key> mac_key_from_json(std::string_view text);
result<revoked_access> revoked_access_from_json(std::string_view text);
result<audit_event> audit_event_from_json(std::string_view text);
std::string serialize(const json::value& v);

// "2026-04-01T00:00:00.000000Z"
std::string rfc3339(timestamp t);
void append_rfc3339(std::string& out, timestamp t);
result<timestamp> parse_rfc3339(std::string_view text);
bool can_be_written(timestamp t) noexcept;  // so that it can be read again: years 0 to 9999

}  // namespace tollgate
