// change.hpp - one atomic mutation of the control state: the only way state changes.
//
// A change is what the ledger orders and makes durable; everything else (digests, listings, grants, audit link,
// invalidations) is derived from it by apply(), deterministically, so that another node that applies the same changes
// has the same state.
// Bounds: at most bounds::change_puts records; exactly one audit event.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/token.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

using revision = std::uint64_t;

// A primary record. Keys are `<kind>/<id>`, values JSON (src/store/FORMAT.md).
struct record_put {
    std::string key;
    std::string value;
    std::shared_ptr<token> read = nullptr;  // what `value` says, where whoever made it has it at hand; or else who reads it puts it here
    friend bool operator==(const record_put& a, const record_put& b) { return a.key == b.key && a.value == b.value; }
};

// What must hold when the change is committed, or nothing of it happens.
struct condition {
    std::string key;
    std::optional<revision> is;  // set: the record has this revision; unset: the record is absent
    friend bool operator==(const condition&, const condition&) = default;
};

// Who did what to whom. Never holds a secret. (C-7)
struct audit_event {
    timestamp at;
    std::string actor;      // "operator:<uid or name>", "token:<id>", "user:<id>", "tollgate" itself
    std::string acting_as;  // the actor that a token acted for; empty: none
    std::string from;       // peer address or "unix"
    std::string action;     // token.create, token.revoke, …
    std::string api;
    std::string subject;    // id of what was changed
    std::string details;    // JSON: before and after of what changed
    friend bool operator==(const audit_event&, const audit_event&) = default;
};
BOOST_DESCRIBE_STRUCT(audit_event, (), (at, actor, acting_as, from, action, api, subject, details))

struct change {
    std::vector<record_put> puts;
    std::vector<condition> conditions;
    audit_event event;
};

}  // namespace tollgate
