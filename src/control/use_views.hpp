// use_views.hpp - what a token's record shows of its use, and which tokens are unused. (C-6, C-8)
//
// Where the use cannot be read the record is shown without: it is an aid, not a fact that anybody decides on.
// Threads: blocking ones.
#pragma once

#include "tollgate/codec/json.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/registry/registry.hpp"

#include "control/management_input.hpp"
#include "control/operations.hpp"

#include <functional>
#include <string>

namespace tollgate {

// last_used_at and last_used_ip of the record and of each generation, into a token_view().
void put_last_use(json::object& view, const operation_context& with, const token& record);

// `unused_for=`: a duration like 90d, or `ever`. Whether a token was made before that long ago and has not been let
// through since; empty function: no filter.
std::function<bool(const token&)> read_unused_for(const std::string& text, const operation_context& with, field_problems& problems);

}  // namespace tollgate
