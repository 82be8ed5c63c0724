// token.hpp - a credential's record: what the store keeps, the API lists and the export writes. Never holds a secret.
//
// One description (Boost.Describe) serves store, API, export and console; codec/records.hpp turns it into JSON.
// Who decides on it is rules/; the hot form is model/grant.hpp.
#pragma once

#include "tollgate/base/clock.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

BOOST_DEFINE_ENUM_CLASS(token_state, active, disabled, revoked)

// One secret of a token. Rotation adds one and puts `ends_at` on the one before.
struct token_generation {
    std::uint32_t number = 1;
    std::string digest;                // 64 hexadecimal digits: SHA-256 of the secret
    std::string hint;                  // prefix and last four characters, e.g. "sk_live_…x7Qa" (C-2)
    timestamp created_at;
    std::optional<timestamp> ends_at;  // set by rotation: works until then
    friend bool operator==(const token_generation&, const token_generation&) = default;
};
BOOST_DESCRIBE_STRUCT(token_generation, (), (number, digest, hint, created_at, ends_at))

struct token {
    std::string id;           // token_id text
    std::string api;
    std::string name;         // for people; 1 to bounds::name_bytes
    std::string kind;         // a kind of the contract
    std::string audience;     // empty where the contract knows none
    std::string environment;  // likewise
    std::string tenant;       // empty: the API has one tenant
    std::string owner;        // whom the token stands for: X-Tollgate-Subject; may be empty
    std::vector<std::string> scopes;
    bool full_access = false;         // imported from before scopes: reaches everything (PA-2)
    std::string version;              // API version pinned at creation (PL-7); empty where the contract has none
    std::uint32_t assurance = 1;      // what its principal asserted when it was issued (PL-11); 2: a second factor
    std::vector<std::string> allowed_ips;  // addresses and CIDR blocks; empty: any
    token_state state = token_state::active;
    timestamp created_at;
    std::optional<timestamp> expires_at;
    std::optional<timestamp> disabled_at;
    std::optional<timestamp> revoked_at;
    std::uint32_t epoch = 1;          // raised by revocation
    std::uint64_t revision = 0;       // of the ledger: the API's ETag
    std::vector<token_generation> generations;  // oldest first; at least one
    friend bool operator==(const token&, const token&) = default;
};
BOOST_DESCRIBE_STRUCT(token, (),
    (id, api, name, kind, audience, environment, tenant, owner, scopes, full_access, version, assurance, allowed_ips, state, created_at, expires_at,
        disabled_at, revoked_at, epoch, revision, generations))

}  // namespace tollgate
