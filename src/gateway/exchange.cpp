#include "exchange.hpp"

#include "answer.hpp"
#include "forward.hpp"
#include "heads.hpp"
#include "operations.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <algorithm>

namespace tollgate {
namespace {

std::optional<refusal> find_host(worker& w, workspace& ws) {
    auto& x = ws.x;
    ws.host.resize(ws.request.host.size());
    std::size_t size = 0;
    if (!ws.request.host.empty() && !normal_host(ws.request.host, ws.host.data(), size)) return refusal::bad_request;
    ws.host.resize(size);
    if (w.shared().only != nullptr) {
        x.facts.of = w.shared().only;
        return std::nullopt;
    }
    const host_entry* host = w.shared().rules.find(ws.host);
    if (host == nullptr) return refusal::host_unknown;
    x.facts.of = host->of;
    x.facts.environment = host->environment;
    return std::nullopt;
}

std::optional<refusal> read_target(workspace& ws) {
    auto& facts = ws.x.facts;
    facts.method = ws.request.method;
    facts.query = ws.request.query;
    facts.path = "/";
    const auto path = canonical_path(ws.request.raw_path, ws.path);
    if (!path.ok) return refusal::bad_request;
    facts.path = path.path;
    return std::nullopt;
}

void read_origin(workspace& ws) {
    const auto* origin = ws.request.find(field_name::origin);
    const auto& cors = ws.x.facts.of->cors;
    if (origin == nullptr || !cors.enabled) return;
    const bool allowed = cors.any_origin ||
        std::any_of(cors.origins.begin(), cors.origins.end(), [&](const std::string& o) { return equal_ignoring_case(o, origin->value); });
    if (allowed) ws.x.allowed_origin = origin->value;
}

void match_route(workspace& ws) {
    auto& facts = ws.x.facts;
    facts.match = facts.of->routes.match(facts.method, facts.path);
    const bool read = facts.method == "GET" || facts.method == "HEAD";
    if (facts.match.outcome == route_match::kind::none && facts.path == "/openapi.json" && facts.of->publish != publish_mode::off && read) {
        facts.match.outcome = route_match::kind::found;
        facts.match.found = &facts.of->document_route;
    }
    if (facts.match.outcome != route_match::kind::found || facts.match.found->idempotency == idempotency_mode::none) return;
    for (const auto& f : ws.request) {
        if (!equal_ignoring_case(f.name, facts.of->rules.idempotency_header)) continue;
        facts.idempotency_key = facts.has_idempotency_key ? std::string_view() : f.value;  // two are none that is valid
        facts.has_idempotency_key = true;
    }
}

// Everything that the head says, in C-13's order as far as it goes without a token.
std::optional<refusal> gather(worker& w, const connection& c, workspace& ws) {
    auto& x = ws.x;
    x = exchange_state{};
    x.now = w.shared().time.now();
    x.started = w.shared().time.ticks();
    w.write_request_id(x.id);
    x.trace_id = x.request_id();
    if (const auto* parent = ws.request.find(field_name::traceparent)) x.caller_traced = read_traceparent(parent->value, x.trace_id);
    x.body = body_reader(ws.downstream, ws.request, w.shared().body_bytes);
    x.body_mark = ws.downstream.mark();

    const auto bad_target = read_target(ws);
    const auto bad_host = find_host(w, ws);
    if (bad_target) return bad_target;
    if (bad_host) return bad_host;
    x.facts.secure = c.secure;
    x.facts.client = c.client;
    x.facts.local_operator = c.local_operator;
    read_origin(ws);
    match_route(ws);
    const auto* authorization = ws.request.find(field_name::authorization);
    x.facts.presented = read_credential(ws.request.count(field_name::authorization),
        authorization != nullptr ? authorization->value : std::string_view(), *x.facts.of, x.facts.environment);
    if (ws.request.body == body_kind::length && ws.request.content_length > w.shared().body_bytes) return refusal::payload_too_large;
    return std::nullopt;
}

// The verdict on what this thread knows; look_up_first when the index has to be read.
verdict judge_from_memory(worker& w, workspace& ws) {
    auto& x = ws.x;
    x.token_known = false;
    auto v = judge(x.facts, {}, x.now);
    if (!std::holds_alternative<look_up_first>(v)) return v;
    if (!x.key_known) x.key = sha256(x.facts.presented.text);
    x.key_known = true;
    const auto found = w.grants().find(x.key);
    if (found.outcome == grant_reader::where::must_read) return v;
    if (found.outcome == grant_reader::where::absent) return judge(x.facts, {lookup::kind::absent, nullptr}, x.now);
    ws.granted = *found.value;
    x.token_known = true;
    return judge(x.facts, {lookup::kind::found, &ws.granted}, x.now);
}

// What to say of a token that could not be read.
lookup not_read(worker::read_end end) noexcept {
    return {end == worker::read_end::overloaded ? lookup::kind::overloaded : lookup::kind::unavailable, nullptr};
}

bool reuse_upstream(worker& w, workspace& ws) {
    auto& x = ws.x;
    if (x.upstream) return true;
    if (x.reuse_allowed) x.upstream = w.upstream(x.facts.of->environments[x.facts.environment].pool).take_idle();
    if (x.upstream) w.count().upstream_reuses.add();
    return x.upstream != nullptr;
}

task<std::optional<refusal>> connect_upstream(worker& w, workspace& ws) {
    auto& x = ws.x;
    auto& set = w.upstream(x.facts.of->environments[x.facts.environment].pool);
    auto connected = co_await set.connect(w.shared().timeouts.connect);
    if (!connected.connection) {
        w.count().upstream_failures.add();
        co_return connected.why;
    }
    w.count().upstream_connects.add();
    x.upstream = std::move(connected.connection);
    co_return std::nullopt;
}

// `timeouts.total` runs from the end of the request's head to the end of the answer.
struct bounded_exchange {
    bounded_exchange(connection& c, std::chrono::milliseconds total) noexcept : of(c) {
        if (total.count() != 0) of.total.arm(total);
    }
    ~bounded_exchange() { of.total.disarm(); }
    bounded_exchange(const bounded_exchange&) = delete;
    bounded_exchange& operator=(const bounded_exchange&) = delete;
    connection& of;
};

void rewind_body(worker& w, workspace& ws) {
    ws.downstream.rewind(ws.x.body_mark);
    ws.x.body = body_reader(ws.downstream, ws.request, w.shared().body_bytes);
}

void second_try(worker& w, workspace& ws) {
    auto& x = ws.x;
    w.count().upstream_retries.add();
    x.upstream.reset();
    x.reuse_allowed = false;
    rewind_body(w, ws);
}

}  // namespace

task<after> exchange(worker& w, connection& c, workspace& ws) {
    const bounded_exchange bound(c, w.shared().timeouts.total);
    if (const auto early = gather(w, c, ws)) co_return co_await refuse(w, c, ws, *early, nullptr);
    if (is_preflight(ws)) co_return co_await answer_preflight(w, c, ws);

    for (;;) {
        verdict v = judge_from_memory(w, ws);
        while (std::holds_alternative<look_up_first>(v)) {
            const auto end = co_await w.read_grant(ws.x.key);
            v = end == worker::read_end::done ? judge_from_memory(w, ws) : judge(ws.x.facts, not_read(end), ws.x.now);
        }
        if (const auto* no = std::get_if<denied>(&v)) co_return co_await refuse(w, c, ws, no->why, no->at);
        const permit& yes = std::get<permit>(v);

        const bool ours = !yes.through().handler.empty();
        std::optional<refusal> obstacle;
        if (ours) obstacle = co_await read_whole_body(w, c, ws);
        else if (!reuse_upstream(w, ws)) obstacle = co_await connect_upstream(w, ws);
        if (obstacle) co_return co_await refuse(w, c, ws, *obstacle, &yes.through());

        // Changes that were answered while we waited count (C-4). forward() asks the same right before its first byte.
        if (ours && yes.by() != nullptr && w.grants().catch_up()) continue;
        if (ours) {
            const auto done = co_await run_operation(w, c, ws, yes);
            if (done) co_return *done;
            continue;
        }
        const forwarded end = co_await forward(w, c, ws, yes);
        switch (end.what) {
            case forwarded::kind::answered: co_return end.then;
            case forwarded::kind::failed: co_return co_await refuse(w, c, ws, end.why, &yes.through());
            case forwarded::kind::overtaken: rewind_body(w, ws); break;
            case forwarded::kind::stale: second_try(w, ws); break;
        }
    }
}

task<after> refuse_head(worker& w, connection& c, workspace& ws, refusal why) {
    ws.x = exchange_state{};
    ws.x.now = w.shared().time.now();
    ws.x.started = w.shared().time.ticks();
    w.write_request_id(ws.x.id);
    ws.x.trace_id = ws.x.request_id();
    ws.request.method = {};
    ws.request.keep_alive = false;
    ws.request.body = body_kind::none;
    ws.request.minor_version = 1;
    co_return co_await refuse(w, c, ws, why, nullptr);
}

void account(worker& w, const connection& c, workspace& ws) {
    auto& x = ws.x;
    auto& counters = w.count();
    const auto ended = w.shared().time.ticks();
    const auto micros = [](auto d) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(d).count()));
    };
    const auto took = micros(ended - x.started);
    const auto upstream_took = x.sent != monotonic{} && x.answered > x.sent ? micros(x.answered - x.sent) : 0;
    const api* of = x.facts.of;
    const route* at = of != nullptr && x.facts.match.outcome == route_match::kind::found ? x.facts.match.found : nullptr;

    counters.requests.add();
    counters.request_body_bytes.add(x.body.seen_bytes());
    counters.response_body_bytes.add(x.answer_bytes);
    if (of == nullptr) {
        if (x.refused) counters.before_api[static_cast<std::size_t>(*x.refused)].add();
    } else {
        auto& a = *counters.apis[of->index];
        const bool listed = at != nullptr && at != &of->document_route;
        a.by_route[listed ? at->number : a.by_route.size() - 1][std::min(x.status / 100, 5u)].add();
        if (x.refused) a.refusals[static_cast<std::size_t>(*x.refused)].add();
        a.total.add(took);
        a.gateway.add(took - std::min(took, upstream_took));
    }

    access_entry e;
    e.at = x.now;
    e.request_id = x.request_id();
    e.client = c.client_text;
    if (of != nullptr) {
        e.api = of->name;
        e.environment = of->environments[x.facts.environment].name;
    }
    e.method = ws.request.method;
    e.path = x.facts.path;
    if (at != nullptr) e.route = at->path;
    e.status = x.status;
    e.reason = !x.aborted.empty() ? x.aborted : x.refused ? to_string(*x.refused) : std::string_view();
    char id[token_id::text_bytes];
    if (x.token_known) {
        ws.granted.id.write(id);
        e.token_id = {id, sizeof id};
        e.tenant = w.shared().tokens.atoms().text(ws.granted.tenant);
    }
    e.request_bytes = x.body.seen_bytes();
    e.response_bytes = x.answer_bytes;
    e.duration_us = took;
    e.upstream_us = upstream_took;
    w.log().add(e);
    x.upstream.reset();
}

}  // namespace tollgate
