#include "audit_row.hpp"

#include "keys.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

namespace tollgate {
namespace {

constexpr std::uint8_t kVersion = 1;

std::string_view name_of(token_state s) {
    switch (s) {
        case token_state::active: return "active";
        case token_state::disabled: return "disabled";
        case token_state::revoked: return "revoked";
    }
    return "revoked";
}

json::object state_of(const token& t) {
    json::object o{{"state", name_of(t.state)}, {"epoch", t.epoch}};
    if (t.revoked_at) o["revoked_at"] = rfc3339(*t.revoked_at);
    return o;
}

}  // namespace

std::string encode_audit_row(const audit_event& e) {
    std::string row;
    append_number(row, kVersion);
    append_number(row, std::uint8_t{0});  // no link to the row before yet
    return row.append(serialize(to_json(e)));
}

result<audit_event> decode_audit_row(std::string_view row) {
    const auto version = take_number<std::uint8_t>(row);
    const auto link_bytes = take_number<std::uint8_t>(row);
    if (!link_bytes || *version != kVersion || row.size() < *link_bytes)
        return failure{errc::corrupt, "a row of the audit log is of another version"};
    return audit_event_from_json(row.substr(*link_bytes));
}

std::string details_of_creation(const token& made) {
    auto after = to_json(made);
    for (const auto* name : {"id", "api", "generations", "revision", "disabled_at", "revoked_at"}) after.erase(name);
    after["hint"] = made.generations.front().hint;
    return serialize(json::object{{"before", nullptr}, {"after", std::move(after)}});
}

std::string details_of_revocation(const token& was, const token& becomes) {
    return serialize(json::object{{"before", state_of(was)}, {"after", state_of(becomes)}});
}

}  // namespace tollgate
