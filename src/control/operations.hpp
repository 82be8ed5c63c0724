// operations.hpp - the operations, one function each; management.cpp gives them their names.
//
// Threads: blocking threads only; several at once.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"
#include "tollgate/rules/rulebook.hpp"

#include "control/operations_caller.hpp"

namespace tollgate {

// What every operation works with.
struct operation_context {
    registry& tokens;
    const rulebook& book;
    const clock& time;
    const operations_caller& caller;
    const activity& done;
    const clock_desk& desk;
};

// The record of path parameter 0, if the caller may know of it. Errors: not_found.
result<token> reached_token(const operation_context& with, const operation_call& call);
// The record as it is listed, with its last use.
json::object used_token_view(const operation_context& with, const token& record);
// Why a change did not happen; 412 where it was asked for on the condition of a revision, and that is another now.
operation_answer answer_unchanged(const failure& why, const std::optional<std::uint64_t>& if_revision);

operation_answer create_token_operation(const operation_context& with, const operation_call& call);
operation_answer list_tokens_operation(const operation_context& with, const operation_call& call);
operation_answer show_token_operation(const operation_context& with, const operation_call& call);
operation_answer revoke_token_operation(const operation_context& with, const operation_call& call);
operation_answer update_token_operation(const operation_context& with, const operation_call& call);
operation_answer rotate_token_operation(const operation_context& with, const operation_call& call);
operation_answer finish_grace_operation(const operation_context& with, const operation_call& call);
operation_answer disable_token_operation(const operation_context& with, const operation_call& call);
operation_answer enable_token_operation(const operation_context& with, const operation_call& call);
operation_answer revoke_tokens_operation(const operation_context& with, const operation_call& call);
operation_answer verify_token_operation(const operation_context& with, const operation_call& call);

operation_answer create_actor_operation(const operation_context& with, const operation_call& call);
operation_answer list_actors_operation(const operation_context& with, const operation_call& call);
operation_answer show_actor_operation(const operation_context& with, const operation_call& call);
operation_answer remove_actor_operation(const operation_context& with, const operation_call& call);
operation_answer import_tokens_operation(const operation_context& with, const operation_call& call);
operation_answer export_tokens_operation(const operation_context& with, const operation_call& call);
operation_answer backup_store_operation(const operation_context& with, const operation_call& call);

operation_answer list_apis_operation(const operation_context& with, const operation_call& call);
operation_answer list_routes_operation(const operation_context& with, const operation_call& call);
operation_answer list_scopes_operation(const operation_context& with, const operation_call& call);

operation_answer list_keys_operation(const operation_context& with, const operation_call& call);
operation_answer rotate_key_operation(const operation_context& with, const operation_call& call);

operation_answer list_audit_operation(const operation_context& with, const operation_call& call);
operation_answer verify_audit_operation(const operation_context& with, const operation_call& call);

operation_answer show_usage_operation(const operation_context& with, const operation_call& call);

operation_answer show_clock_operation(const operation_context& with, const operation_call& call);
operation_answer accept_clock_operation(const operation_context& with, const operation_call& call);

}  // namespace tollgate
