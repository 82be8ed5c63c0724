// draft.hpp - a wish for a token, checked against its API's contract -> the record without id and secret; likewise a wish
// to change one.
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

// The first generation of a token with this secret; a later one has another number.
token_generation generation_of(const token_format& format, const secret& text, timestamp at);

// All problems as one failure, in the words of the first.
failure wrong_fields(const std::vector<field_problem>& problems);

// The record as `wish` would have it. Nothing where there are problems.
std::optional<token> read_update(const api& of, const token& was, const update_token& wish, timestamp now, std::vector<field_problem>& problems);

}  // namespace tollgate
