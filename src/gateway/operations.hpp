// operations.hpp - requests that the gateway answers itself: the body is read whole, the operation runs on a blocking thread.
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tollgate {

// Into ws.body_out. Bounds: `limit` bytes; more is payload_too_large. A second call answers at once.
task<std::optional<refusal>> read_whole_body(worker& w, connection& c, workspace& ws, std::size_t limit = bounds::operation_body_bytes);

struct operation_end {
    enum class kind : std::uint8_t {
        answered,   // `then` says how it goes on
        overtaken,  // the caller's grant has changed since it was judged, and nothing was run: judge again
        refused,    // nothing was run: refuse with `why`
    } what = kind::refused;
    after then = after::close;
    refusal why = refusal::overloaded;
};
task<operation_end> run_operation(worker& w, connection& c, workspace& ws, permit by);

}  // namespace tollgate
