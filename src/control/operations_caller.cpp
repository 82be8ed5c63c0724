#include "control/operations_caller.hpp"

#include "control/operator_roles.hpp"

#include "tollgate/registry/users.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::string_view operator_prefix = "operator:";
constexpr std::string_view token_prefix = "token:", user_prefix = "user:";

void confine_field(std::string_view field, std::string& wish, const std::optional<std::string>& own, std::vector<field_problem>& problems) {
    if (!own) return;
    if (wish.empty()) wish = *own;
    if (wish != *own) problems.push_back({std::string(field), fmt::format("may only be your own, `{}`", *own)});
}

// An access token as a record: it may give what it has, and no more.
result<token> record_of(const registry& tokens, const operation_call& call) {
    const auto& access = *call.access;
    token out;
    out.id = access.id;
    out.api = call.of->name;
    out.kind = access.kind;
    out.audience = access.audience;
    out.tenant = access.tenant;
    out.environment = access.environment;
    out.owner = access.owner;
    out.scopes = access.scopes;
    out.full_access = access.full_access;
    if (!call.actor.starts_with(token_prefix)) return out;
    const auto parent = tokens.show(access.parent);
    if (!parent) return parent.error().kind == errc::not_found ? failure{errc::refused, "the calling token is gone"} : parent.error();
    if (parent->state != token_state::active) return failure{errc::refused, "the calling token no longer works"};
    return out;
}

}  // namespace

result<operations_caller> operations_caller::of_call(const registry& tokens, const operation_call& call) {
    operations_caller out;
    out.who_ = {call.actor, call.from, call.acting_as};
    out.of_ = call.of;
    out.whole_gateway_ = call.of->trusts_caller_identity;
    if (call.actor.starts_with(operator_prefix)) return out;
    if (call.access) {
        auto record = record_of(tokens, call);
        if (!record) return record.error();
        if (!out.whole_gateway_ || !record->tenant.empty()) out.tenant_ = record->tenant;
        if (!out.whole_gateway_) out.environment_ = record->environment;
        out.record_ = holder{record->api, record->scopes, record->full_access};
        return out;
    }
    if (call.actor.starts_with(user_prefix)) {
        if (auto taken = out.take_user(tokens, std::string_view(call.actor).substr(user_prefix.size())); !taken) return taken.error();
        return out;
    }
    if (!call.actor.starts_with(token_prefix)) return failure{errc::refused, "the call has no token"};
    auto record = tokens.show(std::string_view(call.actor).substr(token_prefix.size()));
    if (!record) return record.error().kind == errc::not_found ? failure{errc::refused, "the calling token is gone"} : record.error();
    // Judged before, but the operation may have waited for its thread since.
    if (record->state != token_state::active) return failure{errc::refused, "the calling token no longer works"};
    if (record->api != call.of->name) return failure{errc::refused, "the calling token is another API's"};
    if (!out.whole_gateway_ || !record->tenant.empty()) out.tenant_ = record->tenant;
    if (!out.whole_gateway_) out.environment_ = record->environment;
    out.record_ = holder{record->api, record->scopes, record->full_access};
    return out;
}

operations_caller operations_caller::of_portal(const operation_call& call, const user& who) {
    operations_caller out;
    out.who_ = {std::string(user_prefix) + who.id, call.from, {}};
    out.of_ = call.of;
    out.tenant_ = who.tenant;
    out.environment_ = call.environment;
    out.owner_ = who.subject;
    out.kind_ = call.of->portal.kind;
    if (!call.of->portal.scopes.empty()) out.record_ = holder{call.of->name, call.of->portal.scopes, false};
    return out;
}

// An operator, in a session of the built-in API.
result<void> operations_caller::take_user(const registry& tokens, std::string_view id) {
    const auto who = find_user(tokens, id);
    if (!who) return who.error().kind == errc::not_found ? failure{errc::refused, "the calling user is gone"} : who.error();
    if (who->state != account_state::active || !whole_gateway_ || who->api != of_->name)
        return failure{errc::refused, "the calling user is no operator"};
    if (!who->tenant.empty()) tenant_ = who->tenant;
    record_ = holder{who->api, role_scopes(*of_, who->role), false};
    return {};
}

result<void> operations_caller::may_manage(const api& builtin, std::string_view role) const {
    if (role.empty()) return {};
    if (only_tenant()) return failure{errc::refused, "operators are managed by those who reach every tenant"};
    for (const auto& scope : role_scopes(builtin, role))
        if (!holds(builtin, scope)) return failure{errc::refused, fmt::format("an operator with the role {} can do more than you", role)};
    return {};
}

void operations_caller::confine_tenant(std::string& wish, std::vector<field_problem>& problems) const {
    confine_field("tenant", wish, tenant_, problems);
}

bool operations_caller::reaches(const user& record) const noexcept { return reaches_api(record.api) && (!tenant_ || record.tenant == *tenant_); }

bool operations_caller::reaches(const oauth_client& record) const noexcept {
    return reaches_api(record.api) && (!tenant_ || record.tenant == *tenant_) && (!environment_ || record.environment == *environment_);
}

bool operations_caller::reaches(const token& record) const noexcept {
    return reaches_api(record.api) && (!tenant_ || record.tenant == *tenant_) && (!environment_ || record.environment == *environment_) &&
        (!owner_ || record.owner == *owner_) && (!kind_ || record.kind == *kind_);
}

bool operations_caller::reaches(const actor& record) const noexcept {
    return reaches_api(record.api) && (!tenant_ || record.tenant == *tenant_) && (!environment_ || record.environment == *environment_);
}

// Scopes of one API mean nothing on another: a token of the built-in API may give any of theirs, which is what
// `tokens:write` is for, but of the built-in API's own only those that it has.
bool operations_caller::holds(const api& target, std::string_view scope) const {
    if (!record_ || record_->api != target.name || record_->full_access) return true;
    const auto& wildcard = target.rules.scopes.wildcard;
    return std::ranges::any_of(record_->scopes, [&](const std::string& held) {
        if (!wildcard.empty() && held == wildcard) return true;
        const auto reached = target.rules.closure(held);
        return std::ranges::find(reached, scope) != reached.end();
    });
}

void operations_caller::confine(const api& target, create_token& wish, std::vector<field_problem>& problems) const {
    confine_field("tenant", wish.tenant, tenant_, problems);
    confine_field("environment", wish.environment, environment_, problems);
    confine_field("owner", wish.owner, owner_, problems);
    confine_field("kind", wish.kind, kind_, problems);
    if (wish.scopes.empty()) wish.scopes = target.rules.scopes.defaults;
    confine_scopes(target, wish.scopes, problems);
}

void operations_caller::confine_scopes(const api& target, const std::vector<std::string>& scopes, std::vector<field_problem>& problems) const {
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        if (!holds(target, scopes[i]))
            problems.push_back({fmt::format("scopes[{}]", i), fmt::format("`{}` is not a scope of your own token", scopes[i])});
    }
}

result<void> operations_caller::may_be_handed(const api& target, const token& record) const {
    if (!record_ || record_->api != target.name || record_->full_access) return {};
    const auto& wildcard = target.rules.scopes.wildcard;
    const auto held = [&](const std::string& scope) { return holds(target, scope); };
    if (record.full_access ? !wildcard.empty() && held(wildcard) : std::ranges::all_of(record.scopes, held)) return {};
    return failure{errc::refused, "the token can do more than your own, so its secret is not for you"};
}

void operations_caller::confine(create_actor& wish, std::vector<field_problem>& problems) const {
    confine_field("tenant", wish.tenant, tenant_, problems);
    confine_field("environment", wish.environment, environment_, problems);
}

}  // namespace tollgate
