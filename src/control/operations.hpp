// operations.hpp - the operations, one function each; management.cpp gives them their names.
//
// Threads: blocking threads only; several at once.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/control/accounts.hpp"
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
    const accounts& who_signs_in;
};

// What an operation works with that looks itself at who calls.
struct account_context {
    registry& tokens;
    const rulebook& book;
    const clock& time;
    const accounts& who_signs_in;
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
operation_answer list_calls_operation(const operation_context& with, const operation_call& call);

operation_answer show_clock_operation(const operation_context& with, const operation_call& call);
operation_answer accept_clock_operation(const operation_context& with, const operation_call& call);
operation_answer create_user_operation(const operation_context& with, const operation_call& call);
operation_answer list_users_operation(const operation_context& with, const operation_call& call);
operation_answer show_user_operation(const operation_context& with, const operation_call& call);
operation_answer update_user_operation(const operation_context& with, const operation_call& call);
operation_answer remove_user_operation(const operation_context& with, const operation_call& call);
operation_answer disable_user_operation(const operation_context& with, const operation_call& call);
operation_answer enable_user_operation(const operation_context& with, const operation_call& call);
operation_answer sign_out_user_operation(const operation_context& with, const operation_call& call);
operation_answer enrol_factor_operation(const operation_context& with, const operation_call& call);
operation_answer confirm_factor_operation(const operation_context& with, const operation_call& call);
operation_answer remove_factor_operation(const operation_context& with, const operation_call& call);

operation_answer create_client_operation(const operation_context& with, const operation_call& call);
operation_answer list_clients_operation(const operation_context& with, const operation_call& call);
operation_answer show_client_operation(const operation_context& with, const operation_call& call);
operation_answer update_client_operation(const operation_context& with, const operation_call& call);
operation_answer remove_client_operation(const operation_context& with, const operation_call& call);
operation_answer disable_client_operation(const operation_context& with, const operation_call& call);
operation_answer enable_client_operation(const operation_context& with, const operation_call& call);
operation_answer renew_client_secret_operation(const operation_context& with, const operation_call& call);

operation_answer list_sessions_operation(const operation_context& with, const operation_call& call);
operation_answer end_session_operation(const operation_context& with, const operation_call& call);
operation_answer open_session_operation(const account_context& with, const operation_call& call);
operation_answer end_own_session_operation(const account_context& with, const operation_call& call);
operation_answer me_operation(const account_context& with, const operation_call& call);
operation_answer show_own_session_operation(const account_context& with, const operation_call& call);

}  // namespace tollgate
