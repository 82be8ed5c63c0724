// tracing.hpp - an exchange as spans: whether it is traced, what its upstream is told of that, and what remains when it has ended.
//
// Threads: the worker's. What is not traced pays a branch at each of the three.
#pragma once

#include "workspace.hpp"

#include "tollgate/gateway/worker.hpp"
#include "tollgate/rules/trace_sampler.hpp"

namespace tollgate {

struct connection;

// Decides, and gives out ids, once the head has been read. A caller's traceparent is its parent.
void begin_trace(trace_sampler& by, workspace& ws);
// traceparent and tracestate for the upstream `to`, of an exchange that is traced: the parent is the gateway's own span.
void write_traced_fields(workspace& ws, const pool_member& to, byte_buffer& out);
// To the worker's spans. `at`: the route that was matched, or nullptr.
void end_trace(worker& w, const workspace& ws, const route* at, std::uint64_t took_us, std::uint64_t upstream_us);

}  // namespace tollgate
