// operations_caller.hpp - how far one call reaches: which API, tenant and environment, and which scopes it may give. (C-14)
//
// The local operator reaches everything. A token of the built-in API reaches every API, or one tenant where it has one; so does an
// operator in a session, with the scopes of its role (operator_roles.hpp).
// A token of another API reaches that API alone, in its own tenant and environment. A user at an API's portal reaches the tokens of the
// portal's kind that are its own. What is out of reach looks like what does not exist.
// Threads: values of one call; blocks on the registry.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/model/oauth_client.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class operations_caller {
 public:
    // Errors: refused (nobody is behind the call), and the registry's.
    static result<operations_caller> of_call(const registry& tokens, const operation_call& call);
    // `who` is signed in at the portal of the call's API.
    static operations_caller of_portal(const operation_call& call, const user& who);

    [[nodiscard]] bool reaches(const token& record) const noexcept;
    [[nodiscard]] bool reaches(const actor& record) const noexcept;
    [[nodiscard]] bool reaches(const user& record) const noexcept;
    [[nodiscard]] bool reaches(const oauth_client& record) const noexcept;
    [[nodiscard]] bool reaches_api(std::string_view name) const noexcept { return whole_gateway_ || name == of_->name; }
    // No API, tenant or environment is out of reach.
    [[nodiscard]] bool reaches_all() const noexcept { return whole_gateway_ && !tenant_; }

    // The only API that is reached; nullptr: every one.
    [[nodiscard]] const api* only_api() const noexcept { return whole_gateway_ ? nullptr : of_; }
    [[nodiscard]] const std::optional<std::string>& only_tenant() const noexcept { return tenant_; }
    [[nodiscard]] const std::optional<std::string>& only_environment() const noexcept { return environment_; }
    [[nodiscard]] const std::optional<std::string>& only_owner() const noexcept { return owner_; }
    // Whether the caller may give `scope` to a token of `target`.
    [[nodiscard]] bool holds(const api& target, std::string_view scope) const;

    // Puts the caller's own tenant and environment (at a portal, owner and kind too) where `wish` has none, and names what it may not give
    // on `target`.
    void confine(const api& target, create_token& wish, std::vector<field_problem>& problems) const;

    // Names the scopes that the caller may not give on `target`.
    void confine_scopes(const api& target, const std::vector<std::string>& scopes, std::vector<field_problem>& problems) const;
    // Whether the caller may be handed a secret of `record`: who gets one can do all that it can. Errors: refused.
    [[nodiscard]] result<void> may_be_handed(const api& target, const token& record) const;
    // Likewise for an actor.
    void confine(create_actor& wish, std::vector<field_problem>& problems) const;

    // Whether the caller may change who gets into the account of `record`, or what it may do: an operator's only who can do all that
    // the operator can. Errors: refused.
    [[nodiscard]] result<void> may_manage(const api& builtin, std::string_view role) const;
    // Puts the caller's own tenant where `wish` has none, and names what it may not give.
    void confine_tenant(std::string& wish, std::vector<field_problem>& problems) const;

    [[nodiscard]] const caller& who() const noexcept { return who_; }

 private:
    // What the caller holds, where it is no local operator.
    struct holder {
        std::string api;
        std::vector<std::string> scopes;
        bool full_access = false;
    };
    result<void> take_user(const registry& tokens, std::string_view id);

    caller who_;
    const api* of_ = nullptr;
    std::optional<holder> record_;
    bool whole_gateway_ = false;
    std::optional<std::string> tenant_, environment_, owner_, kind_;
};

}  // namespace tollgate
