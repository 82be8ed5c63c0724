#include "idempotency.hpp"

#include "answer.hpp"
#include "heads.hpp"
#include "operations.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"
#include "upstream_call.hpp"

#include <functional>

namespace tollgate {
namespace {

// False: too much waits for a thread, and `job` was not run.
task<bool> on_blocking_thread(worker& w, std::function<void()> job) {
    event finished(w.io());
    const bool queued = w.shared().blocking.run([&w, &job, &finished] {
        job();
        post_to(w.io(), [&finished] { finished.set(); });
    });
    if (!queued) co_return false;
    co_await finished.wait();
    co_return true;
}

std::string target_of(const workspace& ws) {
    std::string out(ws.x.facts.path);
    if (ws.request.has_query) out.append("?").append(ws.request.query);
    return out;
}

// A tenant's tokens share their keys; without a tenant everybody has their own.
std::string principal_of(worker& w, const connection& c, const workspace& ws, const permit& by) {
    if (by.by() == nullptr) return "operator:" + std::to_string(c.uid);
    const grant& g = *by.by();
    if (g.tenant != atom::none) return std::string("tenant:").append(w.shared().tokens.atoms().text(g.tenant));
    return "token:" + ws.x.counted.text();  // of access tokens: what they were issued for
}

void describe_claim(worker& w, const connection& c, workspace& ws, const permit& by) {
    const auto& facts = ws.x.facts;
    const api& of = *facts.of;
    ws.claim = replay_claim{};
    ws.claim.key = replay_key(of.name, of.environments[facts.environment].name, principal_of(w, c, ws, by), facts.method, target_of(ws),
        bare_idempotency_key(facts.idempotency_key));
    ws.claim.api = of.name;
    ws.claim.keep = of.rules.idempotency_replay;
}

// What the book said, as the exchange goes on from it.
void obey(exchange_state& x, replay_book::outcome said, thread_counters& counted) noexcept {
    using enum replay_book::outcome;
    x.idempotent = once::refused;
    switch (said) {
        case claimed:
            x.idempotent = once::claimed;
            counted.idempotent_claims.add();
            x.reuse_allowed = false;  // a kept-alive connection may turn out to be closed: then nobody knew what came of the request
            break;
        case answered:
            x.idempotent = once::replay;
            counted.idempotent_replays.add();
            break;
        case mismatch: x.repeat_refused = refusal::idempotency_mismatch; break;
        case in_progress: x.repeat_refused = refusal::idempotency_in_progress; break;
        case unknown_outcome: x.repeat_refused = refusal::idempotency_unknown_outcome; break;
        case too_large: x.repeat_refused = refusal::idempotency_answer_too_large; break;
        case unavailable: x.repeat_refused = refusal::store_unavailable; break;
    }
}

// Nothing: what is known now stands in ws.x.idempotent.
task<std::optional<refusal>> claim_key(worker& w, connection& c, workspace& ws, permit by) {
    auto& x = ws.x;
    const auto limit = x.facts.of->rules.idempotency_body_bytes;
    if (ws.request.body == body_kind::length && ws.request.content_length > limit) co_return refusal::payload_too_large;
    replay_book& book = *w.shared().replays;
    if (!x.holds_room && !book.enter()) co_return refusal::overloaded;
    x.holds_room = true;
    const auto unread = co_await read_whole_body(w, c, ws, limit);
    if (unread) co_return unread;
    if (by.by() != nullptr && w.grants().moved_since(x.judged_at)) co_return std::nullopt;

    describe_claim(w, c, ws, by);
    const auto* type = ws.request.find(field_name::content_type);
    const std::string_view content_type = type != nullptr ? type->value : std::string_view();
    replay_book::outcome said{};
    const bool ran = co_await on_blocking_thread(w, [&ws, &book, &said, content_type] {
        ws.claim.fingerprint = replay_fingerprint(ws.x.facts.method, target_of(ws), content_type, ws.body_out);
        said = book.claim(ws.claim, ws.kept);
    });
    if (!ran) co_return refusal::overloaded;
    obey(x, said, w.count());
    co_return std::nullopt;
}

enum class kept_end : std::uint8_t { whole, too_large, late, broken };

bool is_event_stream(const response_head& head) noexcept {
    constexpr std::string_view type = "text/event-stream";
    const auto* f = head.find(field_name::content_type);
    return f != nullptr && f->value.size() >= type.size() && equal_ignoring_case(f->value.substr(0, type.size()), type);
}

// The body of the answer into ws.kept. What cannot be kept anyway is not waited for: it is passed on as it arrives.
task<kept_end> read_answer_body(worker& w, workspace& ws) {
    const auto limit = ws.x.facts.of->rules.idempotency_body_bytes;
    ws.kept = kept_answer{};
    if (is_event_stream(ws.response) || (ws.response.body == body_kind::length && ws.response.content_length > limit)) co_return kept_end::too_large;
    stream& from = ws.x.upstream->bytes;
    std::string_view slice;
    for (;;) {
        const auto step = ws.answered.next(slice);
        if (step == body_reader::step::refused || step == body_reader::step::too_large) co_return kept_end::broken;
        if (step == body_reader::step::done) co_return ws.upstream.empty() ? kept_end::whole : kept_end::broken;  // nothing may stand behind it (W-6)
        if (step == body_reader::step::data) {
            ws.kept.body += slice;
            if (ws.kept.body.size() > limit) co_return kept_end::too_large;
            continue;
        }
        from.read_within(w.shared().timeouts.response_idle);
        const auto [ec, n] = co_await from.read_some(ws.upstream.free(), ws.upstream.free_bytes());
        const bool late = from.read_expired();
        from.no_read_deadline();
        if (!ec) ws.upstream.received(n);
        else if (!is_end_of_stream(ec) || !ws.answered.end_of_stream()) co_return late ? kept_end::late : kept_end::broken;
    }
}

// `how` ends the claim on a blocking thread; where none is free, its outcome is not known to later repeats.
task<> settle(worker& w, workspace& ws, std::function<void(replay_book&)> how) {
    replay_book& book = *w.shared().replays;
    const bool ran = co_await on_blocking_thread(w, [&book, &how] { how(book); });
    if (!ran) book.forget(ws.claim);
    ws.x.idempotent = once::settled;
}

}  // namespace

bool wants_step(const connection& c, const workspace& ws, const permit& by) noexcept {
    const auto& x = ws.x;
    if (!x.facts.has_idempotency_key || by.through().idempotency == idempotency_mode::none) return false;
    if (x.idempotent == once::claimed || x.facts.method == "HEAD") return false;
    return by.by() != nullptr || c.local_operator;
}

task<std::optional<after>> take_step(worker& w, connection& c, workspace& ws, permit by) {
    auto& x = ws.x;
    if (x.idempotent == once::replay) co_return co_await send_kept(w, c, ws);
    if (x.idempotent == once::refused) co_return co_await refuse(w, c, ws, x.repeat_refused, &by.through());
    const auto obstacle = co_await claim_key(w, c, ws, by);
    if (obstacle) co_return co_await refuse(w, c, ws, *obstacle, &by.through());
    co_return std::nullopt;
}

task<std::optional<forwarded>> keep_answer(worker& w, connection& c, workspace& ws, bool body_sent) {
    auto& x = ws.x;
    const auto how = co_await read_answer_body(w, ws);
    if (how == kept_end::late || how == kept_end::broken) {
        tell_broken(w, ws);
        const bool late = how == kept_end::late || c.total.expired();
        co_return forwarded{forwarded::kind::failed, after::close, late ? refusal::upstream_timeout : refusal::upstream_invalid};
    }
    if (how == kept_end::too_large) {
        co_await settle(w, ws, [&ws](replay_book& book) { book.complete_too_large(ws.claim); });
        co_return std::nullopt;
    }
    ws.kept.status = ws.response.status;
    ws.kept.reason = ws.response.reason;
    write_kept_fields(ws, ws.kept.fields);
    c.total.upstream = nullptr;
    if (body_sent && ws.response.keep_alive && ws.answered.kind() != body_kind::until_close) x.upstreams().give_back(std::move(x.upstream));
    co_await settle(w, ws, [&ws](replay_book& book) { book.complete(ws.claim, ws.kept); });
    const after then = co_await send_kept(w, c, ws);
    co_return forwarded{forwarded::kind::answered, then, refusal::upstream_unavailable};
}

task<> keep_operation(worker& w, workspace& ws, const operation_answer& answer) {
    const auto s = answer.status;
    if (s == 401 || s == 403 || s == 429 || s == 503) {
        ws.x.went = answer.outcome_unknown;
        co_await give_up_claim(w, ws);
        co_return;
    }
    ws.kept = kept_answer{};
    ws.kept.ours = true;
    ws.kept.status = s;
    ws.kept.reason = status_text(s);
    if (s != 204 && s != 304) ws.kept.fields.append("Content-Type: ").append(answer.content_type).append("\r\n");
    for (const auto& [name, value] : answer.headers) ws.kept.fields.append(name).append(": ").append(value).append("\r\n");
    ws.kept.body = answer.kept_body ? *answer.kept_body : answer.body;
    co_await settle(w, ws, [&ws](replay_book& book) { book.complete(ws.claim, ws.kept); });
}

task<> give_up_claim(worker& w, workspace& ws) {
    const bool went = ws.x.went;
    co_await settle(w, ws, [&ws, went](replay_book& book) {
        if (went) book.forget(ws.claim);
        else book.release(ws.claim);
    });
}

void leave_room(worker& w, workspace& ws) noexcept {
    if (!ws.x.holds_room) return;
    ws.x.holds_room = false;
    w.shared().replays->leave();
    ws.kept = kept_answer{};
}

}  // namespace tollgate
