#include "exchange.hpp"

#include "access.hpp"
#include "answer.hpp"
#include "forward.hpp"
#include "heads.hpp"
#include "idempotency.hpp"
#include "operations.hpp"
#include "session_cookie.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/actors.hpp"
#include "tracing.hpp"
#include "upstream_call.hpp"

#include <algorithm>
#include <cstring>

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

// Whether `f` is the contract's field, which never goes upstream as the caller wrote it: neither do look-alikes with '_', which
// some services read as the same name.
bool take_named(header_field& f, std::string_view name, named_field& into) noexcept {
    if (f.name.size() != name.size()) return false;
    bool exact = true;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (lower(f.name[i]) == lower(name[i])) continue;
        if (f.name[i] != '_' || name[i] != '-') return false;
        exact = false;
    }
    f.dropped = true;
    if (!exact) return true;
    ++into.count;
    into.value = f.value;
    return true;
}

void read_named_fields(workspace& ws) {
    auto& facts = ws.x.facts;
    const auto& rules = facts.of->rules;
    const bool versioned = rules.versions.enabled(), acting = !rules.acting_as_header.empty();
    if (!versioned && !acting) return;
    for (std::size_t i = 0; i < ws.request.field_count; ++i) {
        auto& f = ws.request.fields[i];
        if (versioned && take_named(f, rules.versions.header, facts.version)) continue;
        if (acting) take_named(f, rules.acting_as_header, facts.acting_as);
    }
}

// Who asks, and whether by HTTPS. Only a trusted proxy is asked for somebody else (PM-8, C-10).
void find_caller(worker& w, connection& c, workspace& ws) {
    auto& x = ws.x;
    x.client = c.client_text;
    x.facts.client = c.client;
    x.facts.secure = c.secure;
    if (!c.trusted) return;
    x.from = find_origin(c.client, w.shared().trusted_proxies, ws.request);
    x.facts.client = x.from.client;
    x.facts.secure = c.secure || x.from.secure;
    if (!x.from.reported) return;
    if (c.reported_text.empty() || c.reported != x.from.client) {
        c.reported = x.from.client;
        c.reported_text = x.from.client.text();
    }
    x.client = c.reported_text;
}

// What the caller presents. Answers whether it is worth a look-up: then its place is being fetched while the rest of the head is read.
bool read_token(worker& w, workspace& ws, const header_field* authorization) {
    auto& x = ws.x;
    x.facts.presented = read_credential(ws.request.count(field_name::authorization),
        authorization != nullptr ? authorization->value : std::string_view(), *x.facts.of, x.facts.environment);
    if (x.facts.presented.what != credential::kind::plausible) return false;
    x.key = sha256(x.facts.presented.text);
    w.grants().expect(x.key);
    return true;
}

// Everything that the head says, in C-13's order as far as it goes without a token.
std::optional<refusal> gather(worker& w, connection& c, workspace& ws) {
    auto& x = ws.x;
    x = exchange_state{};
    x.by = w.in_force();
    x.started = w.shared().time.ticks();
    x.now = w.shared().time.at(x.started);
    w.write_request_id(x.id);
    x.trace_id = x.request_id();
    if (const auto* parent = ws.request.find(field_name::traceparent)) x.caller_traced = read_traceparent(parent->value, x.trace_id);
    if (auto* tracer = w.tracer(); tracer != nullptr) [[unlikely]]
        begin_trace(*tracer, ws);
    x.body = body_reader(ws.downstream, ws.request, w.shared().body_bytes);
    x.body_mark = ws.downstream.mark();

    find_caller(w, c, ws);
    const auto bad_host = find_host(w, ws);
    const auto* authorization = ws.request.find(field_name::authorization);
    const bool looked_for = !bad_host && read_token(w, ws, authorization);
    const auto bad_target = read_target(ws);
    if (bad_target) return bad_target;
    if (bad_host) return bad_host;
    x.facts.local_operator = c.local_operator;
    read_origin(ws);
    match_route(ws);
    if (looked_for) w.grants().expect_soon(x.key);
    read_named_fields(ws);
    if (w.shared().sessions != nullptr && authorization == nullptr) note_session(w, ws);
    if (ws.request.body == body_kind::length && ws.request.content_length > w.shared().body_bytes) return refusal::payload_too_large;
    return std::nullopt;
}

// Takes one from the cell of the token, or of its tenant; beside it, of the operation where that has a pace of its own.
void weigh(worker& w, workspace& ws, const weigh_first& wish) noexcept {
    auto& x = ws.x;
    const grant& g = ws.granted;
    rate_key key;
    if (x.facts.of->rules.rate.per_tenant && g.tenant != atom::none) {
        key.high = static_cast<std::uint64_t>(g.api) << 32 | static_cast<std::uint32_t>(g.tenant);
        key.low = static_cast<std::uint64_t>(g.environment);
    } else {
        std::memcpy(&key.high, x.counted.bytes.data(), sizeof key.high);
        std::memcpy(&key.low, x.counted.bytes.data() + sizeof key.high, sizeof key.low);
    }
    if (wish.of != nullptr) key.low ^= (wish.of->number + 1ull) << 32;
    x.rate = w.shared().rates->take(key, *wish.allowed, x.now);
    x.rate_burst = wish.allowed->burst;
    x.taken = x.rate.within ? quota::within : quota::exceeded;
}

// Where the index has the actor that the request names.
void find_actor_key(worker& w, workspace& ws) {
    const auto& atoms = w.shared().tokens.atoms();
    const grant& g = ws.granted;
    write_actor_key({atoms.text(g.api), atoms.text(g.tenant), atoms.text(g.environment), ws.x.facts.acting_as.value}, ws.actor_key);
    ws.x.actor_key = sha256(ws.actor_key);
}

// The verdict on a token that is known. `actor`: what is known of the actor; what is not is looked for in memory.
verdict judge_known(worker& w, workspace& ws, lookup actor) {
    auto& x = ws.x;
    for (;;) {
        auto v = judge(x.facts, {lookup::kind::found, &ws.granted, ws.addresses}, x.now, actor, x.taken);
        if (const auto* wish = std::get_if<weigh_first>(&v)) {
            weigh(w, ws, *wish);
            continue;
        }
        if (!std::holds_alternative<look_up_actor_first>(v)) return v;
        find_actor_key(w, ws);
        const auto found = w.grants().find(x.actor_key);
        if (found.outcome == grant_reader::where::must_read) return v;
        if (found.outcome == grant_reader::where::absent) {
            actor = {lookup::kind::absent, nullptr, {}};
            continue;
        }
        ws.acted_for = *found.value;
        actor = {lookup::kind::found, &ws.acted_for, {}};
    }
}

// The verdict on what this thread knows; look_up_first or look_up_actor_first when the index has to be read. `actor`: why it
// could not be.
verdict judge_from_memory(worker& w, workspace& ws, const lookup& actor = {}) {
    auto& x = ws.x;
    w.grants().catch_up();
    x.judged_at = w.grants().seen();
    x.token_known = false;
    x.by_access = false;
    x.permitted = nullptr;
    if (x.by_session) return judge(x.facts, {lookup::kind::found, &ws.granted, {}}, x.now, actor, quota::within);
    auto v = judge(x.facts, {}, x.now);
    if (!std::holds_alternative<look_up_first>(v)) return v;
    if (x.facts.presented.what == credential::kind::access_token) {
        const auto access = find_access(w, ws);
        if (!access) return v;
        return access->found != nullptr ? judge_known(w, ws, actor) : judge(x.facts, *access, x.now);
    }
    const auto found = w.grants().find(x.key);
    if (found.outcome == grant_reader::where::must_read) return v;
    if (found.outcome == grant_reader::where::absent) return judge(x.facts, {lookup::kind::absent, nullptr, {}}, x.now);
    ws.granted = *found.value;
    ws.addresses.assign(found.addresses.begin(), found.addresses.end());
    x.counted = ws.granted.id;
    x.token_known = true;
    return judge_known(w, ws, actor);
}

// What to say of a token that could not be read.
lookup not_read(worker::read_end end) noexcept {
    return {end == worker::read_end::overloaded ? lookup::kind::overloaded : lookup::kind::unavailable, nullptr, {}};
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

}  // namespace

task<after> exchange(worker& w, connection& c, workspace& ws) {
    auto& x = ws.x;
    const bounded_exchange bound(c, w.shared().timeouts.total);
    if (const auto early = gather(w, c, ws)) co_return co_await refuse(w, c, ws, *early, nullptr);
    if (is_preflight(ws)) co_return co_await answer_preflight(w, c, ws);

    refusal why{};
    const route* at = nullptr;
    std::optional<after> answered;
    for (;;) {
        if (!x.cookies.empty()) {
            const auto ill = co_await read_session(w, ws);
            if (ill) co_return co_await refuse(w, c, ws, *ill, nullptr);
        }
        verdict v = judge_from_memory(w, ws);
        for (;;) {
            const bool of_token = std::holds_alternative<look_up_first>(v);
            if (!of_token && !std::holds_alternative<look_up_actor_first>(v)) break;
            const auto end = co_await w.read_grant(of_token ? ws.x.key : ws.x.actor_key);
            if (end == worker::read_end::done) v = judge_from_memory(w, ws);
            else v = of_token ? judge(ws.x.facts, not_read(end), ws.x.now) : judge_from_memory(w, ws, not_read(end));
        }
        if (const auto* no = std::get_if<denied>(&v)) {
            x.version = no->version;
            why = no->why;
            at = no->at;
            break;
        }
        const permit& yes = std::get<permit>(v);
        at = &yes.through();
        x.permitted = at;
        x.version = yes.version();
        x.acts = yes.by() != nullptr && x.facts.acting_as.count != 0;
        x.would_refuse = yes.would_refuse();
        if (wants_step(c, ws, yes)) {
            const auto done = co_await take_step(w, c, ws, yes);
            if (done) co_return *done;
            continue;
        }

        const bool ours = !yes.through().handler.empty();
        std::optional<refusal> obstacle;
        if (ours) obstacle = co_await read_whole_body(w, c, ws);
        else if (!reuse_upstream(w, ws)) obstacle = co_await reach_upstream(w, c, ws);
        if (obstacle) {
            why = *obstacle;
            break;
        }

        // Changes that were answered while we waited count (C-4). forward() asks the same right before its first byte.
        if (ours && yes.by() != nullptr && w.grants().moved_since(x.judged_at)) continue;
        if (ours) {
            const operation_end end = co_await run_operation(w, c, ws, yes);
            if (end.what == operation_end::kind::answered) co_return end.then;  // and settled
            if (end.what == operation_end::kind::overtaken) continue;
            why = end.why;
            break;
        }
        const forwarded end = co_await forward(w, c, ws, yes);
        if (end.what == forwarded::kind::answered) {
            answered = end.then;
            break;
        }
        if (end.what == forwarded::kind::failed) {
            why = end.why;
            break;
        }
        if (end.what == forwarded::kind::overtaken) rewind_body(w, ws);
        else prepare_second_try(w, ws);
    }
    if (ws.x.idempotent == once::claimed) co_await give_up_claim(w, ws);
    if (answered) co_return *answered;
    co_return co_await refuse(w, c, ws, why, at);
}

task<after> refuse_head(worker& w, connection& c, workspace& ws, refusal why) {
    ws.x = exchange_state{};
    ws.x.by = w.in_force();
    ws.x.started = w.shared().time.ticks();
    ws.x.now = w.shared().time.at(ws.x.started);
    w.write_request_id(ws.x.id);
    ws.x.trace_id = ws.x.request_id();
    ws.request.method = {};
    ws.request.keep_alive = false;
    ws.request.body = body_kind::none;
    ws.request.minor_version = 1;
    return refuse(w, c, ws, why, nullptr);
}

}  // namespace tollgate
