#include "tollgate/codec/records.hpp"

#include "tollgate/codec/described.hpp"

namespace tollgate {

std::string json_text(const token& t) { return described_text(t); }
std::string json_text(const audit_event& e) { return described_text(e); }
json::object to_json(const token& t) { return to_json_object(t); }
json::object to_json(const actor& a) { return to_json_object(a); }
json::object to_json(const authorization& a) { return to_json_object(a); }
json::object to_json(const mac_key& k) { return to_json_object(k); }
json::object to_json(const revoked_access& r) { return to_json_object(r); }
json::object to_json(const user& u) { return to_json_object(u); }
json::object to_json(const oauth_client& c) { return to_json_object(c); }
json::object to_json(const audit_event& e) { return to_json_object(e); }

result<token> token_from_json(std::string_view text) { return parse_described<token>(text); }
result<actor> actor_from_json(std::string_view text) { return parse_described<actor>(text); }
result<authorization> authorization_from_json(std::string_view text) { return parse_described<authorization>(text); }
result<mac_key> mac_key_from_json(std::string_view text) { return parse_described<mac_key>(text); }
result<revoked_access> revoked_access_from_json(std::string_view text) { return parse_described<revoked_access>(text); }
result<user> user_from_json(std::string_view text) { return parse_described<user>(text); }
result<oauth_client> oauth_client_from_json(std::string_view text) { return parse_described<oauth_client>(text); }
result<audit_event> audit_event_from_json(std::string_view text) { return parse_described<audit_event>(text); }

std::string serialize(const json::value& v) { return json::serialize(v); }

}  // namespace tollgate
