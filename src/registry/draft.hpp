// draft.hpp - a wish for a token, checked against its API's contract -> the record without id and secret.
//
// Every wrong field gets an entry, not just the first; the words say what to write instead.
// Pure: no store, no clock, no randomness. (PR-2, PL-3, PA-1, CP-3, C-12)
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/registry/registry.hpp"

#include <optional>
#include <vector>

namespace tollgate {

struct draft {
    token record;                      // without id, generations, revision
    const token_kind* kind = nullptr;  // of the API's contract
    int environment = -1;              // index into the contract's environments; -1: it has none
};

// Nothing where there are problems.
std::optional<draft> read_wish(const api& of, const create_token& wish, timestamp now, std::vector<field_problem>& problems);

}  // namespace tollgate
