// management.hpp - the operations of the management API: tokens, APIs, audit.
//
// Each is a function from a call to an answer (rules/operation.hpp), named as `x-tollgate-handler` in a document names it:
// tokens.create, tokens.list, tokens.show, tokens.update, tokens.rotate, tokens.finish_grace, tokens.disable, tokens.enable,
// tokens.revoke, tokens.revoke_all, tokens.verify, tokens.import, tokens.export, store.backup, actors.create, actors.list,
// actors.show, actors.remove, apis.list, apis.routes, apis.scopes, audit.list, audit.verify, usage.show, usage.calls, clock.show, clock.accept,
// and users, clients, sessions and keys likewise.
// The built-in API `tollgate` reaches every API's tokens. Mounted on another API, an operation reaches that API's tokens
// only, in the caller's own tenant and environment, and gives no scope that the caller lacks; what belongs to others is
// not found. (C-14)
// Not here: who may call. The route's scopes are judged before an operation is reached.
// Threads: operations may be called from several blocking threads at once; never from an event loop.
// Errors: problem+json; 422 has `errors: [{field, what}]`; 503 has Retry-After.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/control/accounts.hpp"
#include "tollgate/control/activity.hpp"
#include "tollgate/control/clock_desk.hpp"
#include "tollgate/model/oauth_client.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace tollgate {

struct session;  // session_book.hpp

// The rulebook in force when it is called; never null.
using rulebook_source = std::function<std::shared_ptr<const rulebook>()>;

// `tokens` and `time` outlive the table, and so does what `done` and `who_signs_in` point to. Without logs it is the registry's own,
// keyless.
operation_table make_operations(
    registry& tokens, rulebook_source book, const clock& time, activity done = {}, clock_desk desk = {}, accounts who_signs_in = {});

// The names in that table.
std::span<const std::string_view> operation_names() noexcept;

// Rows as the API lists them; the command line prints the same.
json::object token_view(const token& record, const api* of);  // never a digest; `of`: the token's API, where it still stands
json::object actor_view(const actor& record);
json::object user_view(const user& record);            // neither password nor second factor
json::object client_view(const oauth_client& record);  // no digest
json::object session_view(const session& record);
json::object api_view(const rulebook& book, const api& of);
json::object route_view(const route& of);
json::object scope_view(const scope_entry& scope, const contract& rules);

// The built-in API's OpenAPI document (src/control/management.openapi.yaml), as it stands in the program.
std::string_view management_openapi() noexcept;

}  // namespace tollgate
