// operator_roles.hpp - what operators may do by their role, as scopes of the built-in API: each role can do what the one before can.
//
// viewer: look at everything; operator: tokens and actors beside; owner: everything. Pure.
#pragma once

#include "tollgate/rules/rulebook.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// Empty: no such role.
std::vector<std::string> role_scopes(const api& builtin, std::string_view role);

}  // namespace tollgate
