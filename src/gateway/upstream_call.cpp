#include "upstream_call.hpp"

#include "tollgate/codec/text.hpp"

namespace tollgate {
namespace {

bool idempotent(std::string_view method) noexcept {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS" || method == "TRACE";
}

bool has_key(const workspace& ws) noexcept {
    const auto& x = ws.x;
    if (x.facts.has_idempotency_key) return true;
    for (const auto& f : ws.request)
        if (equal_ignoring_case(f.name, x.facts.of->rules.idempotency_header)) return true;
    return false;
}

}  // namespace

bool reuse_upstream(worker& w, workspace& ws) {
    auto& x = ws.x;
    if (x.upstream) return true;
    if (x.reuse_allowed) x.upstream = x.upstreams().take_idle();
    if (x.upstream) w.count().upstream_reuses.add();
    return x.upstream != nullptr;
}

task<std::optional<refusal>> reach_upstream(worker& w, connection& c, workspace& ws) {
    auto& x = ws.x;
    auto& set = x.upstreams();
    const upstream_set::wish how{w.shared().timeouts.connect, !x.reuse_allowed, x.failed_server, &c.total.queued};
    auto got = co_await set.acquire(how);
    if (!got.connection) {
        if (got.why != refusal::overloaded) w.count().upstream_failures.add();
        co_return got.why;
    }
    if (got.connection->reused) w.count().upstream_reuses.add();
    else w.count().upstream_connects.add();
    x.upstream = std::move(got.connection);
    co_return std::nullopt;
}

bool may_send_again(workspace& ws, bool nothing_came, bool whole_in_memory) {
    auto& x = ws.x;
    if (!whole_in_memory || x.interim_sent) return false;
    const auto& rules = x.upstreams().settings().board->rules.retry;
    const bool by_key = rules.with_idempotency_key && has_key(ws);
    const bool by_method = idempotent(ws.request.method) && x.idempotent != once::claimed;  // whose outcome must not be in doubt
    if (!by_key && !by_method) return false;
    if (nothing_came && x.upstream->reused && x.reuse_allowed) {
        x.reuse_allowed = false;
        return true;
    }
    if (x.sent_again >= rules.attempts || !x.upstreams().take_retry()) return false;
    ++x.sent_again;
    return true;
}

void rewind_body(worker& w, workspace& ws) {
    if (ws.x.idempotent == once::claimed) return;  // it is in memory whole
    ws.downstream.rewind(ws.x.body_mark);
    ws.x.body = body_reader(ws.downstream, ws.request, w.shared().body_bytes);
}

void prepare_second_try(worker& w, workspace& ws) {
    auto& x = ws.x;
    w.count().upstream_retries.add();
    if (x.sent_again != 0) x.failed_server = x.upstream->server();
    x.upstream.reset();
    rewind_body(w, ws);
}

void tell_answered(workspace& ws) noexcept {
    const auto& x = ws.x;
    const auto s = ws.response.status;
    if (s == 502 || s == 503 || s == 504) x.upstream->failed();
    else x.upstream->succeeded(x.answered - x.sent, x.answered);
}

void tell_broken(worker& w, workspace& ws) noexcept {
    w.count().upstream_failures.add();
    ws.x.upstream->broke();
}

void tell_failed(worker& w, workspace& ws) noexcept {
    w.count().upstream_failures.add();
    ws.x.upstream->failed();
}

}  // namespace tollgate
