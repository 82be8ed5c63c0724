// access_token.hpp - self-contained access tokens: claims <-> text, and claims with what stands behind them -> a grant.
//
// Nothing is stored when one is issued. It is judged with its parent's grant, and its client's and user's where it has them: its
// scopes are what both have, its addresses and environment the parent's, and it ends with any of them: when one is not active, or has
// another epoch than when the token was issued. When it was issued is never compared with a clock.
// Refresh tokens are self-contained likewise; which generation of them is alive stands in the authorization's record.
// Layout: src/store/FORMAT.md, "Tokens that are not stored". Threads: values and functions; reading allocates nothing.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/model/holder.hpp"
#include "tollgate/rules/mac_ring.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

// A holder as it stood when a token was issued.
struct held {
    holder who;
    std::uint32_t epoch = 0;
};

struct access_claims {
    token_id id;
    atom api = atom::none, environment = atom::none;
    held parent;                // a token, an authorization, or a client that asked for itself
    std::optional<held> client; // besides the parent
    std::optional<held> user;
    scope_set scopes;
    bool every_scope = false;   // whatever the parent has
    timestamp issued_at, expires_at;
    unsigned assurance = 1;
    timestamp asserted_at;      // of the second factor, where assurance is 2
};

// Precondition: `by` signs for the claims' API.
secret write_access_token(const access_claims& claims, std::string_view prefix, const mac_ring::signer& by);
// Nothing: no such text, a key that no longer verifies, another API's, or a wrong tag. Whether it has expired is the judge's.
std::optional<access_claims> read_access_token(std::string_view text, const api& of, const mac_ring& ring, timestamp now) noexcept;

// The grant that `claims` amount to with these. `client` and `user`: nullptr where the claims have none. Pure.
grant grant_of(const access_claims& claims, const grant& parent, const grant* client, const grant* user, const api& of) noexcept;

struct refresh_claims {
    token_id authorization;
    std::uint32_t generation = 0;
    timestamp expires_at;
};

secret write_refresh_token(const refresh_claims& claims, std::string_view prefix, const mac_ring::signer& by);
std::optional<refresh_claims> read_refresh_token(std::string_view text, const api& of, const mac_ring& ring, timestamp now) noexcept;

}  // namespace tollgate
