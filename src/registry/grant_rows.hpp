// grant_rows.hpp - what a token's record unlocks and where it is listed, as rows.
//
// Threads: the committer. Allots numbers on the way, so that it may be called only for a change that will be written.
#pragma once

#include "numbers.hpp"

#include "tollgate/model/grant.hpp"
#include "tollgate/model/token.hpp"

#include <string>
#include <vector>

namespace tollgate {

// The grant of the generation `g` of `t`. An id that does not parse is a broken contract, here and below: apply has checked it.
indexed_grant grant_of(const token& t, const token_generation& g, number_table& numbers, write_batch& batch);

// The keys under which `t` is listed.
std::vector<std::string> listing_keys(const token& t, number_table& numbers, write_batch& batch);

}  // namespace tollgate
