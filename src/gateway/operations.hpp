// operations.hpp - requests that the gateway answers itself: the body is read whole, the operation runs on a blocking thread.
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <optional>

namespace tollgate {

// Into ws.body_out. Bounds: bounds::operation_body_bytes. A second call answers at once.
task<std::optional<refusal>> read_whole_body(worker& w, connection& c, workspace& ws);

// Nothing: the caller's grant has changed since it was judged, and nothing was run: judge again.
task<std::optional<after>> run_operation(worker& w, connection& c, workspace& ws, permit by);

}  // namespace tollgate
