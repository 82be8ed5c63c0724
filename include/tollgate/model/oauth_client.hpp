// oauth_client.hpp - a program that asks for tokens in somebody's name (RFC 6749 section 2), of one API.
//
// A confidential one has a secret, of which only the digest is kept; a public one has none and must use PKCE. Removed is for ever.
// Threads: a value.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/user.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

struct oauth_client {
    std::string id;           // `cli_` and 26 letters: the protocol's client_id
    std::string api;
    std::string name;         // for people: the consent page shows it
    bool confidential = true;
    std::string secret_digest;  // 64 hexadecimal digits: SHA-256 of the secret; empty where there is none
    std::string secret_hint;
    std::vector<std::string> redirect_uris;  // compared as they stand, byte for byte
    std::vector<std::string> grants;         // of the protocol's grant types, those that it may use
    std::vector<std::string> scopes;         // that it may ask for; empty: every scope of the API
    std::string environment;  // of tokens that it gets for itself; empty where the contract knows none
    std::string tenant;       // likewise
    bool registered = false;  // by itself (RFC 7591): nobody has vouched for its name
    account_state state = account_state::active;
    timestamp created_at, updated_at;
    std::optional<timestamp> removed_at;
    std::uint32_t epoch = 1;     // raised by what ends its access tokens
    std::uint64_t revision = 0;  // of the ledger: the API's ETag
    friend bool operator==(const oauth_client&, const oauth_client&) = default;
};
BOOST_DESCRIBE_STRUCT(oauth_client, (),
    (id, api, name, confidential, secret_digest, secret_hint, redirect_uris, grants, scopes, environment, tenant, registered, state, created_at,
        updated_at, removed_at, epoch, revision))

}  // namespace tollgate
