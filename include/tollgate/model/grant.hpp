// grant.hpp - what a digest unlocks, decoded for deciding: compact, hot, copied by value.
//
// Derived from a token by the ledger's apply and from nothing else. Holds the scopes as granted; inclusion and `*` are
// expanded on the route's side (rules/route_table.hpp), so that a reload touches no grant.
// Threads: a value.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/atom.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/model/scope_set.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/model/token_id.hpp"

#include <cstdint>
#include <vector>

namespace tollgate {

struct grant {
    token_id id;
    scope_set scopes;
    timestamp expires_at;      // of the token; unset: never
    timestamp superseded_at;   // of this generation, set by rotation: refused from then on
    atom api = atom::none;
    atom kind = atom::none;
    atom audience = atom::none;
    atom environment = atom::none;
    atom tenant = atom::none;
    atom owner = atom::none;
    atom version = atom::none;
    std::uint32_t epoch = 0;
    std::uint32_t generation = 0;
    token_state state = token_state::revoked;
    bool full_access = false;
    bool second_factor = false;         // assurance 2, where the kind of token may have it (PL-11)
    timestamp asserted_at;              // of the second factor, where it is known
    bool restricted_addresses = false;  // has an address list, which stands beside the grant
    friend bool operator==(const grant&, const grant&) = default;
};

// A grant as the index keeps it: with its address list, which most have not and which is therefore no part of what is hot.
struct indexed_grant : grant {
    indexed_grant() = default;
    indexed_grant(const grant& g) : grant(g) {}
    std::vector<ip_block> addresses;  // where restricted_addresses; empty: then no address may
};

}  // namespace tollgate
