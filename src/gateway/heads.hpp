// heads.hpp - the heads that the gateway writes: to the upstream and back, from checked fields, with framing of our own.
// (W-5, W-8, W-9, C-9)
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <string>

namespace tollgate {

// Into c.forwarding: the fields that say who is connected; they are the same for each of its requests.
void write_forwarding_prefix(connection& c);

// Into ws.head_out: what the permit lets through, then identity, then framing.
void write_upstream_head(worker& w, const connection& c, workspace& ws, const permit& by, const upstream_connection& to);

enum class answer_framing : std::uint8_t { none, length, chunked, until_close };
// How `ws.response`'s body goes on to the caller.
answer_framing framing_for(const workspace& ws) noexcept;

// Into ws.answer_out.
void write_answer_head(workspace& ws, answer_framing framing, bool keep);

// Appends the fields of ws.response that a repeat is answered too: end to end, and not the gateway's own (PL-6).
void write_kept_fields(const workspace& ws, std::string& out);

// Whether `value` is a traceparent (W3C Trace Context §3.2, version 00), and its trace id.
bool read_traceparent(std::string_view value, std::string_view& trace_id) noexcept;

}  // namespace tollgate
