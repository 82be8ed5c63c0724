// session_cookie.hpp - a browser's session in place of a token, on the management plane. (C-14)
//
// Only where no Authorization is sent, and, for what changes something, only from a page of the same origin: a cookie comes along with
// requests that its owner did not mean to make.
#pragma once

#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <optional>

namespace tollgate {

// Keeps the cookies that may hold a session for read_session(). No I/O.
void note_session(worker& w, workspace& ws);
// Looks the session up, on a blocking thread, into ws.granted and x.by_session. Answers why it could not be.
task<std::optional<refusal>> read_session(worker& w, workspace& ws);

}  // namespace tollgate
