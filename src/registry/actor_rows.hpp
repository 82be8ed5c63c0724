// actor_rows.hpp - the rows that follow from an actor's record: its key in the index, its state there, its listing keys.
//
// Not for requests: gateway/exchange finds the same key by write_actor_key (tollgate/registry/actors.hpp).
#pragma once

#include "numbers.hpp"

#include "tollgate/model/actor.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/model/grant.hpp"

#include <string>
#include <vector>

namespace tollgate {

digest actor_digest(const actor& a);
// A grant of no API: the judge takes it for no token. `a.id` is one.
grant grant_of_actor(const actor& a);
// None of one that was removed.
std::vector<std::string> actor_listing_keys(const actor& a, number_table& numbers, write_batch& batch);

}  // namespace tollgate
