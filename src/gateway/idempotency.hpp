// idempotency.hpp - requests with an idempotency key: the first goes on, a repeat gets what the first was answered. (PL-6)
//
// Only where the route knows idempotency, a key was sent, and somebody is known by whom it was: an anonymous repeat must not
// get somebody else's answer. The body is read whole, then the key is claimed on a blocking thread; after that the request is
// judged again, since the wait may have been long (C-4). Whoever reads an exchange: claimed -> settled, in one of four ways.
// Not here: what is kept, and how (replay/replay_book.hpp).
// Cancellation: streams' deadlines; work on a blocking thread is always waited for.
#pragma once

#include "connection.hpp"
#include "forward.hpp"
#include "tollgate/gateway/worker.hpp"
#include "tollgate/rules/operation.hpp"
#include "workspace.hpp"

#include <optional>

namespace tollgate {

// Whether take_step() comes before anything is forwarded or run.
bool wants_step(const connection& c, const workspace& ws, const permit& by) noexcept;
// Nothing: judge again. Otherwise the exchange has been answered: a replay, or why not.
task<std::optional<after>> take_step(worker& w, connection& c, workspace& ws, permit by);

// The upstream's answer, whose head is read, is held whole, kept, and sent. Nothing: it is too large to keep, which is
// remembered, and `ws.kept.body` is what has been read of it. `body_sent`: the whole request was taken, so that the upstream's
// connection may be used again.
task<std::optional<forwarded>> keep_answer(worker& w, connection& c, workspace& ws, bool body_sent);
// Keeps what an operation of our own answered, without its secret. Our own 401, 403, 429 and 503 are never kept.
task<> keep_operation(worker& w, workspace& ws, const operation_answer& answer);
// A claimed request ends without an answer to keep: as if it had never been, where nothing went upstream.
task<> give_up_claim(worker& w, workspace& ws);

// The last of an exchange: its place for what is held whole.
void leave_room(worker& w, workspace& ws) noexcept;

}  // namespace tollgate
