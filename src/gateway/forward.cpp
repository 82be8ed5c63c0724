#include "forward.hpp"

#include "heads.hpp"
#include "relay.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"

namespace tollgate {
namespace {

// The rest of a request's body on its way up, beside the answer on its way down.
struct upload {
    std::optional<event> finished;  // made when there is something to wait for: most requests have no body
    bool running = false;
    bool answered = false;  // the answer's head is there: its body has deadlines of its own
    relay_result result;
};

bool idempotent(std::string_view method) noexcept {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS" || method == "TRACE";
}

task<> run_upload(worker& w, connection& c, workspace& ws, upload& state) {
    const auto& t = w.shared().timeouts;
    relay_plan plan;
    plan.chunked = ws.request.body == body_kind::chunked;
    plan.read_within = t.body_idle;
    plan.write_within = t.response_idle;
    stream& up = ws.x.upstream->bytes;
    state.result = co_await relay_body(ws.x.body, c.bytes, up, plan);
    state.running = false;
    const auto how = state.result.how;
    if (how == relay_end::whole || how == relay_end::sink_gone) {  // an upstream that stops reading may still answer
        if (!state.answered) up.read_within(t.first_byte);
    } else {
        up.read_within(std::chrono::milliseconds(0));  // repeats the cancel, in case nobody reads the answer yet
        up.cancel();
    }
    state.finished->set();
}

refusal why_upload_failed(relay_end how) noexcept {
    switch (how) {
        case relay_end::source_late: return refusal::request_timeout;
        case relay_end::source_too_large: return refusal::payload_too_large;
        case relay_end::sink_late: return refusal::upstream_timeout;
        case relay_end::sink_gone: return refusal::upstream_unavailable;
        default: return refusal::bad_request;
    }
}

enum class head_end : std::uint8_t { complete, nothing_came, gone, late, invalid, caller_gone };

// Passes interim answers on to callers that know them; 100 is ours to send, 101 was not asked for (W-6).
task<head_end> read_answer_head(worker& w, connection& c, workspace& ws) {
    stream& up = ws.x.upstream->bytes;
    const bool to_head = ws.request.method == "HEAD";
    std::size_t scanned = 0, interim = 0;
    bool any = false;
    for (;;) {
        head_error why{};
        const auto status = ws.upstream.empty() ? head_status::need_more
                                                : read_response_head(ws.upstream.view(), scanned, w.shared().limits, to_head, ws.response, why);
        if (status == head_status::refused) co_return head_end::invalid;
        if (status == head_status::need_more) {
            const auto [ec, n] = co_await up.read_some(ws.upstream.free(), ws.upstream.free_bytes());
            if (ec && up.read_expired()) co_return head_end::late;
            if (ec) co_return any ? head_end::gone : head_end::nothing_came;
            if (!any) ws.x.answered = w.shared().time.ticks();
            any = true;
            ws.upstream.received(n);
            continue;
        }
        if (ws.response.status >= 200) co_return head_end::complete;
        if (ws.response.status == 101 || ++interim > bounds::interim_answers) co_return head_end::invalid;
        if (ws.response.status != 100 && ws.request.minor_version == 1) {
            write_answer_head(ws, answer_framing::none, true);
            iovec part{ws.answer_out.data(), ws.answer_out.size()};
            c.bytes.write_within(w.shared().timeouts.response_idle);
            const error_code ec = co_await c.bytes.write(std::span(&part, 1));
            c.bytes.no_write_deadline();
            if (ec) co_return head_end::caller_gone;
        }
        ws.upstream.consume(ws.response.head_bytes);
        scanned = 0;
    }
}

// Ends the upload, however it stands, so that nothing refers to this exchange any more.
task<> settle(connection& c, upstream_connection& u, upload& up) {
    while (up.running) {
        c.bytes.cancel();
        u.bytes.cancel();
        co_await up.finished->wait();
    }
}

forwarded failed(refusal why) noexcept { return {forwarded::kind::failed, after::close, why}; }
forwarded answered(after then) noexcept { return {forwarded::kind::answered, then, refusal::upstream_unavailable}; }

// Why there is no answer head, in terms of what the caller may be told.
forwarded no_answer(worker& w, const connection& c, workspace& ws, head_end how, const upload& up, bool body_in_memory) {
    auto& x = ws.x;
    if (c.total.expired()) return failed(refusal::upstream_timeout);
    if (how == head_end::caller_gone) {
        x.aborted = "client_gone";
        return answered(after::close);
    }
    const auto uploaded = up.result.how;
    if (uploaded == relay_end::source_gone) {
        x.aborted = "client_gone";
        return answered(after::close);
    }
    if (uploaded != relay_end::whole && uploaded != relay_end::sink_gone) return failed(why_upload_failed(uploaded));
    const bool may_repeat = idempotent(ws.request.method) && body_in_memory;
    if (how == head_end::nothing_came && x.upstream->reused && may_repeat)
        return {forwarded::kind::stale, after::close, refusal::upstream_unavailable};
    w.count().upstream_failures.add();
    if (how == head_end::late) return failed(refusal::upstream_timeout);
    return failed(how == head_end::invalid ? refusal::upstream_invalid : refusal::upstream_unavailable);
}

task<forwarded> relay_answer(worker& w, connection& c, workspace& ws, upload& up) {
    auto& x = ws.x;
    ws.upstream.consume(ws.response.head_bytes);
    ws.upstream.keep_consumed();
    const auto framing = framing_for(ws);
    const bool body_sent = !up.running && up.result.how == relay_end::whole;
    const bool keep = ws.request.keep_alive && !w.draining() && body_sent && framing != answer_framing::until_close;
    write_answer_head(ws, framing, keep);

    body_reader body(ws.upstream, ws.response);
    relay_plan plan;
    plan.prefix = ws.answer_out;
    plan.chunked = framing == answer_framing::chunked;
    plan.nothing_behind = true;
    plan.read_within = plan.write_within = w.shared().timeouts.response_idle;
    const relay_result end = co_await relay_body(body, x.upstream->bytes, c.bytes, plan);
    x.status = ws.response.status;
    x.answer_bytes = body.seen_bytes();
    x.answer_started = end.started;
    co_await settle(c, *x.upstream, up);

    if (end.how == relay_end::whole) {
        if (body_sent && ws.response.keep_alive && body.kind() != body_kind::until_close)
            w.upstream(x.facts.of->environments[x.facts.environment].pool).give_back(std::move(x.upstream));
        co_return answered(keep ? after::keep : after::linger);
    }
    if (end.how == relay_end::sink_gone || end.how == relay_end::sink_late) {
        x.aborted = c.total.expired() ? "total_timeout" : end.how == relay_end::sink_late ? "client_late" : "client_gone";
        co_return answered(after::cut);
    }
    w.count().upstream_failures.add();
    if (!end.started) co_return failed(end.how == relay_end::source_late ? refusal::upstream_timeout : refusal::upstream_invalid);
    x.aborted = c.total.expired()           ? "total_timeout"
        : end.how == relay_end::source_late ? "upstream_late"
        : end.how == relay_end::source_bad  ? "upstream_invalid"
                                            : "upstream_gone";
    co_return answered(after::cut);
}

// While this lives, the bound on the whole exchange, and a drain that is out of time, end the upstream's side too.
struct deadline_reaches {
    deadline_reaches(connection& c, stream& upstream) noexcept : of(c) { of.total.upstream = &upstream; }
    ~deadline_reaches() { of.total.upstream = nullptr; }
    deadline_reaches(const deadline_reaches&) = delete;
    deadline_reaches& operator=(const deadline_reaches&) = delete;
    connection& of;
};

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Starts what is left of the body on its way, telling the caller to go on where it waits for that.
task<bool> start_upload(worker& w, connection& c, workspace& ws, upload& up) {
    if (ws.request.expects_continue && ws.downstream.empty() && !ws.x.told_to_continue) {
        ws.x.told_to_continue = true;
        iovec part{const_cast<char*>(kContinue.data()), kContinue.size()};
        c.bytes.write_within(w.shared().timeouts.response_idle);
        const error_code ec = co_await c.bytes.write(std::span(&part, 1));
        c.bytes.no_write_deadline();
        if (ec) co_return false;
    }
    up.finished.emplace(w.io());
    up.running = true;
    spawn(w.io(), run_upload(w, c, ws, up));
    co_return true;
}

}  // namespace

task<forwarded> forward(worker& w, connection& c, workspace& ws, permit by) {
    auto& x = ws.x;
    stream& to = x.upstream->bytes;
    const deadline_reaches covered(c, to);
    write_upstream_head(w, c, ws, by, *x.upstream);
    framed_slices first;
    frame_buffered(x.body, ws.head_out, ws.request.body == body_kind::chunked, first);
    if (first.end == body_reader::step::refused) co_return failed(refusal::bad_request);
    if (first.end == body_reader::step::too_large) co_return failed(refusal::payload_too_large);
    if (by.by() != nullptr && w.grants().catch_up()) co_return forwarded{forwarded::kind::overtaken, after::close, refusal::overloaded};
    to.write_within(w.shared().timeouts.response_idle);
    const error_code sent = co_await to.write(first.span());  // tries the socket before it suspends
    to.no_write_deadline();
    x.sent = w.shared().time.ticks();

    upload up;
    const bool in_memory = first.end == body_reader::step::done;
    if (sent) up.result.how = relay_end::sink_gone;
    if (!sent && !in_memory) {
        const bool started = co_await start_upload(w, c, ws, up);
        if (!started) {
            x.aborted = "client_gone";
            co_return answered(after::close);
        }
    } else {
        to.read_within(w.shared().timeouts.first_byte);
    }

    ws.upstream.clear();
    ws.upstream.restart();
    const head_end head = co_await read_answer_head(w, c, ws);
    to.no_read_deadline();
    if (head != head_end::complete) {
        co_await settle(c, *x.upstream, up);
        co_return no_answer(w, c, ws, head, up, in_memory || sent);
    }
    up.answered = true;
    co_return co_await relay_answer(w, c, ws, up);
}

}  // namespace tollgate
