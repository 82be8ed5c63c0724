#include "heads.hpp"

#include "answer.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/rules/own_cookies.hpp"
#include "tracing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

void put_number_field(byte_buffer& out, std::string_view name, std::uint64_t value) {
    out.put(name);
    out.put(": ");
    out.put_number(value);
    out.put("\r\n");
}

// Fields of the caller that are replaced by ours, or that speak of this hop.
bool replaced_upstream(field_name id) noexcept {
    switch (id) {
        case field_name::host:
        case field_name::content_length:
        case field_name::expect:
        case field_name::authorization:
        case field_name::forwarded:
        case field_name::via:
        case field_name::x_forwarded_for:
        case field_name::x_forwarded_host:
        case field_name::x_forwarded_proto:
        case field_name::x_request_id:
        case field_name::traceparent:
        case field_name::tracestate: return true;
        default: return false;
    }
}

// Where users sign in to pages of the gateway's own: the caller's cookies without those.
void put_others_cookies(const header_field& f, byte_buffer& out) {
    std::string_view rest = f.value;
    auto pair = take_others_cookie(rest);
    if (pair.empty()) return;
    out.put(f.name);
    out.put(": ");
    out.put(pair);
    for (pair = take_others_cookie(rest); !pair.empty(); pair = take_others_cookie(rest)) {
        out.put("; ");
        out.put(pair);
    }
    out.put("\r\n");
}

bool is_cors_field(std::string_view name) noexcept {
    constexpr std::string_view prefix = "access-control-";
    return name.size() > prefix.size() && equal_ignoring_case(name.substr(0, prefix.size()), prefix);
}

// The values of all fields `id` as one list, and a comma behind them. False: there is none.
bool put_received(const request_head& in, field_name id, byte_buffer& out) {
    bool any = false;
    for (const auto& f : in) {
        if (f.id != id || f.value.empty()) continue;
        out.put(f.value);
        out.put(", ");
        any = true;
    }
    return any;
}

void put_node(std::string_view address, byte_buffer& out) {
    const bool six = address.find(':') != std::string_view::npos;
    out.put(six ? "for=\"[" : "for=");
    out.put(address);
    if (six) out.put("]\"");
}

// Behind a trusted proxy: its own words, and ours behind them. What it said in one of the two kinds of fields only is said in the other
// as well, so that an upstream may read either.
void write_forwarding_chain(const connection& c, const workspace& ws, byte_buffer& out) {
    const auto& x = ws.x;
    const std::string_view scheme = x.facts.secure ? "https" : "http";
    out.put("X-Forwarded-For: ");
    if (!put_received(ws.request, field_name::x_forwarded_for, out) && x.from.reported) {
        out.put(x.client);
        out.put(", ");
    }
    out.put(c.client_text);
    out.put("\r\nX-Forwarded-Proto: ");
    out.put(scheme);
    out.put("\r\nForwarded: ");
    if (!put_received(ws.request, field_name::forwarded, out) && x.from.reported) {
        put_node(x.client, out);
        out.put(";proto=");
        out.put(scheme);
        out.put(", ");
    }
    put_node(c.client_text, out);
    out.put(c.secure ? ";proto=https" : ";proto=http");
    const auto* host = ws.request.find(field_name::x_forwarded_host);
    const std::string_view asked = host != nullptr && !host->value.empty() ? host->value : ws.request.host;
    if (!ws.request.host.empty()) {
        out.put(";host=\"");
        out.put(ws.request.host);
        out.put('"');
    }
    if (!asked.empty()) {
        out.put("\r\nX-Forwarded-Host: ");
        out.put(asked);
    }
    out.put("\r\nVia: ");
    put_received(ws.request, field_name::via, out);
    out.put(ws.request.minor_version == 0 ? "1.0 tollgate\r\n" : "1.1 tollgate\r\n");
}

// Which fields of an upstream's answer the caller gets. The length of a body is written anew; the gateway's own CORS fields
// stand for the upstream's.
bool passes_down(const response_head& in, const header_field& f, bool cors) noexcept {
    if (f.dropped || f.id == field_name::x_request_id) return false;
    if (f.id == field_name::content_length && (in.body != body_kind::none || in.status == 204 || in.status < 200)) return false;
    return !cors || !is_cors_field(f.name);
}

void write_forwarding_fields(const connection& c, const workspace& ws, byte_buffer& out) {
    if (c.trusted && !ws.x.from.contradicted) return write_forwarding_chain(c, ws, out);
    out.put(c.forwarding);
    if (!ws.request.host.empty()) {
        out.put(";host=\"");
        out.put(ws.request.host);
        out.put("\"\r\nX-Forwarded-Host: ");
        out.put(ws.request.host);
    }
    out.put("\r\nVia: ");
    out.put(ws.request.minor_version == 0 ? "1.0 tollgate\r\n" : "1.1 tollgate\r\n");
}

void write_trace_fields(workspace& ws, const upstream_connection& to, byte_buffer& out) {
    const auto& x = ws.x;
    out.put_field("X-Request-Id", x.request_id());
    if (x.traced) [[unlikely]]
        return write_traced_fields(ws, *to.server(), out);
    if (x.caller_traced) {
        out.put_field("traceparent", ws.request.find(field_name::traceparent)->value);
        if (const auto* state = ws.request.find(field_name::tracestate)) out.put_field("tracestate", state->value);
        return;
    }
    out.put("traceparent: 00-");
    out.put(x.request_id());
    out.put('-');
    out.put(x.request_id().substr(16));
    out.put("-00\r\n");
}

// Who calls, as the judge found it. Empty facts are left out; the caller's own were dropped by the guard (C-9).
void write_identity_fields(worker& w, const workspace& ws, const permit& by, byte_buffer& out) {
    if (by.by() == nullptr) return;
    const grant& g = *by.by();
    const api& of = *ws.x.facts.of;
    const auto& atoms = w.shared().tokens.atoms();
    const auto text = [&](std::string_view name, atom a) {
        if (a != atom::none) out.put_field(name, atoms.text(a));
    };
    char id[token_id::text_bytes];
    g.id.write(id);
    out.put_field("X-Tollgate-Token-Id", {id, sizeof id});
    text("X-Tollgate-Subject", g.owner);
    text("X-Tollgate-Tenant", g.tenant);
    text("X-Tollgate-Environment", g.environment);
    text("X-Tollgate-Audience", g.audience);
    if (const auto scopes = ws.x.by->scopes_text(of, g); !scopes.empty()) out.put_field("X-Tollgate-Scopes", scopes);
    if (ws.x.acts) out.put_field("X-Tollgate-Actor", ws.x.facts.acting_as.value);
}

// Proof for the servers of a pool with a secret that these facts come from the gateway, and when (C-9; README, "Signed identity"). One line each, in
// this order, empty where there is none; no value has a line end inside.
void write_assertion(worker& w, workspace& ws, const permit& by, const hmac_key& key, byte_buffer& out) {
    const auto& x = ws.x;
    const auto& atoms = w.shared().tokens.atoms();
    auto& text = ws.signed_text;
    text.clear();
    const auto line = [&](std::string_view value) {
        text.put(value);
        text.put('\n');
    };
    const auto seconds = static_cast<std::uint64_t>(x.now.us / 1'000'000);
    line("tollgate-assertion-v1");
    text.put_number(seconds);
    text.put('\n');
    line(x.request_id());
    if (const grant* g = by.by()) {
        char id[token_id::text_bytes];
        g->id.write(id);
        line({id, sizeof id});
        for (const atom a : {g->owner, g->tenant, g->environment, g->audience}) line(a != atom::none ? atoms.text(a) : std::string_view());
        line(x.by->scopes_text(*x.facts.of, *g));
    } else {
        for (int i = 0; i < 6; ++i) text.put('\n');
    }
    line(by.by() != nullptr && x.acts ? x.facts.acting_as.value : std::string_view());
    line(x.version != nullptr ? std::string_view(x.version->name) : std::string_view());
    out.put("X-Tollgate-Assertion: t=");
    out.put_number(seconds);
    out.put(",v1=");
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto byte : key.tag(text.view())) {
        out.put(digits[byte >> 4]);
        out.put(digits[byte & 15]);
    }
    out.put("\r\n");
}

}  // namespace

bool read_traceparent(std::string_view value, std::string_view& trace_id) noexcept {
    // 00-<32 lower hex>-<16 lower hex>-<2 lower hex>; all-zero ids are invalid
    const auto lower_hex = [](std::string_view s) {
        return std::all_of(s.begin(), s.end(), [](char ch) { return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f'); });
    };
    const auto zeros = [](std::string_view s) { return s.find_first_not_of('0') == std::string_view::npos; };
    if (value.size() != 55 || !value.starts_with("00-") || value[35] != '-' || value[52] != '-') return false;
    const auto trace = value.substr(3, 32), span = value.substr(36, 16), flags = value.substr(53, 2);
    if (!lower_hex(trace) || !lower_hex(span) || !lower_hex(flags) || zeros(trace) || zeros(span)) return false;
    trace_id = trace;
    return true;
}

void write_forwarding_prefix(connection& c) {
    const std::string_view proto = c.secure ? "https" : "http";
    const bool six = c.client_text.find(':') != std::string::npos;
    c.forwarding = fmt::format("X-Forwarded-For: {0}\r\nX-Forwarded-Proto: {1}\r\nForwarded: for={2}{0}{3};proto={1}", c.client_text, proto,
        six ? "\"[" : "", six ? "]\"" : "");
}

void write_upstream_head(worker& w, const connection& c, workspace& ws, const permit& by, const upstream_connection& to) {
    byte_buffer& out = ws.head_out;
    const request_head& in = ws.request;
    const exchange_state& x = ws.x;
    const auto& settings = x.upstreams().settings();
    out.clear();
    out.put(in.method);
    out.put(' ');
    out.put(x.facts.path);
    if (in.has_query) {
        out.put('?');
        out.put(in.query);
    }
    const std::string_view host = !settings.host.empty() ? std::string_view(settings.host) : in.host;
    out.put(" HTTP/1.1\r\nHost: ");
    out.put(!host.empty() ? host : std::string_view(to.server()->server));
    out.put("\r\n");
    const bool pass_authorization = x.facts.of->rules.forward_authorization, own_cookies = x.facts.of->signs_users_in;
    for (const auto& f : in) {
        if (f.dropped) continue;
        if (replaced_upstream(f.id) && !(f.id == field_name::authorization && pass_authorization)) continue;
        if (own_cookies && equal_ignoring_case(f.name, "cookie")) put_others_cookies(f, out);
        else out.put_field(f.name, f.value);
    }
    write_trace_fields(ws, to, out);
    write_forwarding_fields(c, ws, out);
    write_identity_fields(w, ws, by, out);
    if (x.version != nullptr) out.put_field(x.facts.of->rules.versions.header, x.version->name);
    if (settings.secret) write_assertion(w, ws, by, *settings.secret, out);
    if (x.idempotent == once::claimed && in.body != body_kind::none) put_number_field(out, "Content-Length", ws.body_out.size());
    else if (in.body == body_kind::chunked) out.put("Transfer-Encoding: chunked\r\n");
    else if (in.body == body_kind::length) put_number_field(out, "Content-Length", in.content_length);
    out.put("\r\n");
}

answer_framing framing_for(const workspace& ws) noexcept {
    switch (ws.response.body) {
        case body_kind::none: return answer_framing::none;
        case body_kind::length: return answer_framing::length;
        case body_kind::chunked:
        case body_kind::until_close: break;
    }
    return ws.request.minor_version == 0 ? answer_framing::until_close : answer_framing::chunked;
}

void write_kept_fields(const workspace& ws, std::string& out) {
    const bool cors = ws.x.facts.of->cors.enabled;
    const auto warning = rotation_warning(ws);
    for (const auto& f : ws.response) {
        if (f.id == field_name::content_length || !passes_down(ws.response, f, cors)) continue;
        if ((!warning.empty() && equal_ignoring_case(f.name, warning)) || is_judged_field(ws.x, f.name)) continue;  // written anew each time
        out.append(f.name).append(": ").append(f.value).append("\r\n");
    }
}

void write_answer_head(workspace& ws, answer_framing framing, bool keep) {
    byte_buffer& out = ws.answer_out;
    const response_head& in = ws.response;
    const bool cors = ws.x.facts.of->cors.enabled;
    const auto warning = rotation_warning(ws);
    const bool judged = in.status >= 200 && (ws.x.version != nullptr || ws.x.taken != quota::not_weighed);
    out.clear();
    out.put("HTTP/1.1 ");
    out.put_number(in.status);
    out.put(' ');
    out.put(in.reason);
    out.put("\r\n");
    for (const auto& f : in) {
        if (!passes_down(in, f, cors)) continue;
        if (!warning.empty() && equal_ignoring_case(f.name, warning)) continue;
        if (judged && is_judged_field(ws.x, f.name)) continue;
        out.put_field(f.name, f.value);
    }
    out.put_field("X-Request-Id", ws.x.request_id());
    write_rotation_warning(ws, out);
    if (judged) write_judged(ws.x, out);
    write_cors(ws.x, out);
    if (framing == answer_framing::length) put_number_field(out, "Content-Length", in.content_length);
    else if (framing == answer_framing::chunked) out.put("Transfer-Encoding: chunked\r\n");
    if (!keep) out.put("Connection: close\r\n");
    else if (ws.request.minor_version == 0) out.put("Connection: keep-alive\r\n");
    out.put("\r\n");
}

}  // namespace tollgate
