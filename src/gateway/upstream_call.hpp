// upstream_call.hpp - a connection for a permitted request, and whether the request may be sent once more.
//
// Sent again is only what cannot do anything twice: nothing of the answer has been passed on, the whole request is in memory, and the method
// is idempotent (RFC 9110 §9.2.2), or the servers know idempotency keys and the request has one. Never one that was too slow: whoever is
// slow is not asked twice. How many are is bounded by the pool's budget (rules/retry_budget).
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <optional>

namespace tollgate {

// A kept-alive connection, at once, into x.upstream. False: there is none, or the request must wait.
bool reuse_upstream(worker& w, workspace& ws);
// A connection into x.upstream, after a wait in the pool's queue where there is one. Nothing: it is there.
task<std::optional<refusal>> reach_upstream(worker& w, connection& c, workspace& ws);

// Whether a request whose exchange broke may be sent again: a stale kept-alive connection, once and without counting, since it says nothing of
// the server; otherwise as the pool's rules allow. `nothing_came`: not one byte of an answer.
bool may_send_again(workspace& ws, bool nothing_came, bool whole_in_memory);
// The body from its beginning.
void rewind_body(worker& w, workspace& ws);
// Before another try: lets go of the connection, and does not ask its server again where there is another.
void prepare_second_try(worker& w, workspace& ws);

// What came of the exchange, for those who watch over the server.
void tell_answered(workspace& ws) noexcept;
void tell_failed(worker& w, workspace& ws) noexcept;
void tell_broken(worker& w, workspace& ws) noexcept;  // after tell_answered()

}  // namespace tollgate
