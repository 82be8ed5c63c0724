#include "control/operator_roles.hpp"

namespace tollgate {

std::vector<std::string> role_scopes(const api& builtin, std::string_view role) {
    std::vector<std::string> out;
    const bool owner = role == "owner", works = owner || role == "operator";
    if (!works && role != "viewer") return out;
    for (const auto& scope : builtin.catalogue)
        if (owner || scope.name.ends_with(":read") || (works && scope.name == "tokens:write")) out.push_back(scope.name);
    return out;
}

}  // namespace tollgate
