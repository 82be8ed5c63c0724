// include_rule.hpp - the `include` query parameter of routes with x-include-scopes: what it pulls in, and whether that is allowed. (PM-4)
//
// Strict where servers differ in how they read a query: `include[]`, repeated parameters, leading blanks and `;` all count.
// No allocation. Threads: a function.
#pragma once

#include "tollgate/model/grant.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <string_view>

namespace tollgate {

// Whether every part of every included name is mapped by `at`, and its scope satisfied by `token`.
// `query`: as received, without '?'.
bool includes_allowed(const api& of, const route& at, const grant& token, std::string_view query) noexcept;

}  // namespace tollgate
