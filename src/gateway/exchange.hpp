// exchange.hpp - one request's way, from its head to the end of its answer.
//
// Facts are gathered first (this may suspend), the decision suspends never, acting comes last. The head in `ws.request`
// has passed the framing guard.
// Cancellation: streams' deadlines; a cut exchange says so in its result. Never throws.
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

namespace tollgate {

// References outlive the exchange: the session owns connection and workspace.
task<after> exchange(worker& w, connection& c, workspace& ws);

// A head that the guard refused: answered in the generic wording, since no API is known.
task<after> refuse_head(worker& w, connection& c, workspace& ws, refusal why);

// Log line and counters of the exchange that has just ended. Once on every path out.
void account(worker& w, const connection& c, workspace& ws);

}  // namespace tollgate
