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
};

operation_answer create_token_operation(const operation_context& with, const operation_call& call);
operation_answer list_tokens_operation(const operation_context& with, const operation_call& call);
operation_answer show_token_operation(const operation_context& with, const operation_call& call);
operation_answer revoke_token_operation(const operation_context& with, const operation_call& call);
operation_answer verify_token_operation(const operation_context& with, const operation_call& call);

operation_answer list_apis_operation(const operation_context& with, const operation_call& call);
operation_answer list_routes_operation(const operation_context& with, const operation_call& call);
operation_answer list_scopes_operation(const operation_context& with, const operation_call& call);

operation_answer list_audit_operation(const operation_context& with, const operation_call& call);

}  // namespace tollgate
