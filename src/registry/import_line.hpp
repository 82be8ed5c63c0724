// import_line.hpp - one line of an import -> the record that it asks for, or what is wrong with it, field by field.
//
// The same rules as for a new token (draft.hpp), but for what only a record that already lives has: its id, digests, state and
// times, and an expiry that may lie beyond what the contract gives today. What is wrong is never quoted where a secret may stand.
// Pure: no store, no clock, no randomness. (PA-2, PM-13)
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/registry/registry.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace tollgate {

struct import_line {
    token record;                 // without an id: the line has none
    std::vector<digest> digests;  // of its generations, in their order
};

// Nothing where there are problems.
std::optional<import_line> read_import_line(std::string_view line, const import_options& how, timestamp now, std::vector<field_problem>& problems);

}  // namespace tollgate
