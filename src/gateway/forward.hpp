// forward.hpp - a permitted request to its upstream, and the answer back.
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <optional>

namespace tollgate {

struct forwarded {
    enum class kind : std::uint8_t {
        answered,   // `then` says how it goes on
        again,      // no answer came of it, and the request may be sent once more (upstream_call.hpp)
        overtaken,  // grants have changed since the judge spoke, and nothing was sent: judge again
        failed,     // nothing was sent to the caller: refuse with `why`
    } what = kind::failed;
    after then = after::close;
    refusal why = refusal::upstream_unavailable;
};

// Sends the head and what is buffered of the body. The epoch is compared right before the first byte, with nothing between
// them that could suspend (C-4).
// Takes a permit, so that nothing reaches an upstream that the judge has not let through.
task<forwarded> forward(worker& w, connection& c, workspace& ws, permit by);

}  // namespace tollgate
