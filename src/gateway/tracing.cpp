#include "tracing.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace tollgate {
namespace {

// Of a traceparent that heads.hpp has found good: 00-<trace>-<parent>-<flags>.
constexpr std::size_t parent_at = 36, parent_digits = 16, last_flag_at = 54;

std::uint64_t read_hex(std::string_view digits) noexcept {
    std::uint64_t out = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
    return out;
}

void put_id(std::uint64_t id, byte_buffer& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) out.put(digits[id >> shift & 15]);
}

}  // namespace

void begin_trace(trace_sampler& by, workspace& ws) {
    auto& x = ws.x;
    auto said = caller_trace::none;
    std::uint64_t parent = 0;
    if (x.caller_traced) {
        const auto value = ws.request.find(field_name::traceparent)->value;
        parent = read_hex(value.substr(parent_at, parent_digits));
        said = (read_hex(value.substr(last_flag_at, 1)) & 1) != 0 ? caller_trace::sampled : caller_trace::not_sampled;
    }
    if (!by.take(said, x.now)) return;
    x.traced = true;
    ws.trace.id = by.make_id();
    ws.trace.parent = parent;
    ws.trace.upstream_id = by.make_id();
    ws.trace.server.clear();
}

void write_traced_fields(workspace& ws, const pool_member& to, byte_buffer& out) {
    ws.trace.server = to.server;
    out.put("traceparent: 00-");
    out.put(ws.x.trace_id);
    out.put('-');
    put_id(ws.trace.upstream_id, out);
    out.put("-01\r\n");
    if (!ws.x.caller_traced) return;
    if (const auto* state = ws.request.find(field_name::tracestate)) out.put_field("tracestate", state->value);
}

void end_trace(worker& w, const workspace& ws, const route* at, std::uint64_t took_us, std::uint64_t upstream_us) {
    const auto& x = ws.x;
    const api* of = x.facts.of;
    trace_span s;
    s.trace_id = x.trace_id;
    s.id = ws.trace.id;
    s.parent = ws.trace.parent;
    s.start = x.now;
    s.took_us = took_us;
    s.request_id = x.request_id();
    if (of != nullptr) {
        s.api = of->name;
        s.environment = of->environments[x.facts.environment].name;
    }
    s.scheme = x.facts.secure ? "https" : "http";
    s.method = ws.request.method;
    if (at != nullptr) s.route = at->path;
    s.status = x.status;
    s.reason = !x.aborted.empty() ? x.aborted : x.refused ? to_string(*x.refused) : std::string_view();
    if (x.would_refuse) s.would_refuse = to_string(*x.would_refuse);
    s.request_bytes = x.body.seen_bytes();
    s.response_bytes = x.answer_bytes;
    s.http_1_0 = ws.request.minor_version == 0;
    if (x.sent != monotonic{}) {
        s.server = ws.trace.server;
        s.upstream_id = ws.trace.upstream_id;
        s.upstream_start = x.now + std::chrono::duration_cast<std::chrono::microseconds>(x.sent - x.started);
        s.upstream_us = upstream_us;
        s.sent_again = x.sent_again;
    }
    w.add_span(std::move(s));
}

}  // namespace tollgate
