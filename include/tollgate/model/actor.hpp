// actor.hpp - somebody for whom a token may act: an entry of a tenant's registry, named in the contract's acting-as header. (PL-8)
//
// Not a principal: an actor has no secret and no scopes, and a request is judged by its token alone. Removed is for ever: the
// record stays, so that the audit log's names keep their meaning, and the id is never given again.
// Threads: a value.
#pragma once

#include "tollgate/base/clock.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tollgate {

struct actor {
    std::string id;           // `actor_` and 26 letters (model/token_id.hpp)
    std::string api;
    std::string name;         // for people; 1 to bounds::name_bytes
    std::string environment;  // empty where the contract knows none
    std::string tenant;       // empty: the API has one tenant
    timestamp created_at;
    std::optional<timestamp> removed_at;
    std::uint64_t revision = 0;  // of the ledger: the API's ETag
    friend bool operator==(const actor&, const actor&) = default;
};
BOOST_DESCRIBE_STRUCT(actor, (), (id, api, name, environment, tenant, created_at, removed_at, revision))

}  // namespace tollgate
