// authorization.hpp - what one user allowed one client on one API: the parent of access tokens, and the family of its refresh tokens.
//
// One generation of refresh token is alive at a time: `generation`. Rotation is one change that raises it, on the condition that
// nobody came in between; an older one that is presented ends the authorization, and with it every access token (RFC 9700
// §4.14.2). Where the contract allows a lost answer to be repeated, the one before may be presented once more until `repeat_until`,
// while its successor has not been used. No secret is in it: a refresh token is its id, its generation and a MAC.
// Threads: a value.
#pragma once

#include "tollgate/model/token.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

struct authorization {
    std::string id;           // `aut_` and 26 letters
    std::string api;
    std::string client;       // cli_…
    std::string user;         // usr_…
    std::uint32_t client_epoch = 0, user_epoch = 0;  // as of when it was made: it ends when they differ
    std::string kind;         // of tokens, in the contract
    std::string audience;
    std::string environment, tenant;
    std::string owner;        // whom the user stands for: X-Tollgate-Subject
    std::vector<std::string> scopes;
    std::string version;      // API version pinned when it was made (PL-7)
    std::uint32_t assurance = 1;
    std::optional<timestamp> asserted_at;  // of the second factor
    token_state state = token_state::active;
    timestamp created_at;
    std::optional<timestamp> expires_at;   // of the newest refresh token; unset: it has none
    std::optional<timestamp> revoked_at;
    std::uint32_t epoch = 1;               // raised by revocation
    std::uint32_t generation = 0;          // of the refresh token that is alive; 0: there is none
    std::uint32_t repeatable = 0;          // the one that may be presented once more; 0: none
    std::optional<timestamp> repeat_until;
    std::uint64_t revision = 0;
    friend bool operator==(const authorization&, const authorization&) = default;
};
BOOST_DESCRIBE_STRUCT(authorization, (),
    (id, api, client, user, client_epoch, user_epoch, kind, audience, environment, tenant, owner, scopes, version, assurance, asserted_at, state,
        created_at, expires_at, revoked_at, epoch, generation, repeatable, repeat_until, revision))

// One access token that was revoked before its end. The set of these is bounded, and each leaves it after that end.
struct revoked_access {
    std::string id;  // `tok_` and 26 letters
    std::string api;
    timestamp revoked_at, expires_at;
    friend bool operator==(const revoked_access&, const revoked_access&) = default;
};
BOOST_DESCRIBE_STRUCT(revoked_access, (), (id, api, revoked_at, expires_at))

}  // namespace tollgate
