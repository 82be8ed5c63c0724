// What remains of an exchange when it has ended: counters, a line of the access log, the use of its token.
#include "account_use.hpp"
#include "exchange.hpp"
#include "idempotency.hpp"
#include "tracing.hpp"

#include <algorithm>

namespace tollgate {
namespace {

void log_exchange(worker& w, const connection& c, const workspace& ws, const route* at, std::uint64_t took_us, std::uint64_t upstream_us) {
    const auto& x = ws.x;
    const api* of = x.facts.of;
    access_entry e;
    e.at = x.now;
    e.request_id = x.request_id();
    e.client = x.client.empty() ? std::string_view(c.client_text) : x.client;
    if (of != nullptr) {
        e.api = of->name;
        e.environment = of->environments[x.facts.environment].name;
    }
    e.method = ws.request.method;
    e.path = x.facts.path;
    if (at != nullptr) e.route = at->path;
    e.status = x.status;
    e.reason = !x.aborted.empty() ? x.aborted : x.refused ? to_string(*x.refused) : std::string_view();
    if (x.would_refuse) e.would_refuse = to_string(*x.would_refuse);
    char id[token_id::text_bytes], parent[token_id::text_bytes];
    if (x.token_known) {
        ws.granted.id.write(id);
        e.token_id = {id, sizeof id};
        e.tenant = w.shared().tokens.atoms().text(ws.granted.tenant);
        if (x.by_access) {
            write_holder(ws.claims.parent.who, parent);
            e.parent = {parent, sizeof parent};
        }
        if (x.acts) e.actor = x.facts.acting_as.value;
    }
    e.request_bytes = x.body.seen_bytes();
    e.response_bytes = x.answer_bytes;
    e.duration_us = took_us;
    e.upstream_us = upstream_us;
    w.log().add(e);
}

}  // namespace

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
        auto& a = x.by->count(*of);
        const bool listed = at != nullptr && at != &of->document_route;
        a.by_route[listed ? at->number : a.by_route.size() - 1][std::min(x.status / 100, 5u)].add();
        if (x.would_refuse) a.would_refuse[static_cast<std::size_t>(*x.would_refuse)].add();
        if (x.refused) a.refusals[static_cast<std::size_t>(*x.refused)].add();
        a.total.add(took);
        if (x.sent != monotonic{}) a.gateway.add(took - std::min(took, upstream_took));  // an operation's own work is no overhead
    }

    log_exchange(w, c, ws, at, took, upstream_took);
    account_use(w, ws, took);
    if (x.traced) [[unlikely]]
        end_trace(w, ws, at, took, upstream_took);
    x.upstream.reset();
    leave_room(w, ws);
    x.by.reset();
}

}  // namespace tollgate
