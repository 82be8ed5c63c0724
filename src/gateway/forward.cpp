#include "forward.hpp"

#include "heads.hpp"
#include "idempotency.hpp"
#include "relay.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"
#include "upstream_call.hpp"

namespace tollgate {
namespace {

// The rest of a request's body on its way up (ws.upload), beside the answer on its way down.
struct upload {
    std::optional<event> finished;  // made when there is something to wait for: most requests have no body
    bool running = false;
    bool answered = false;  // the answer's head is there: its body has deadlines of its own
    relay_end how = relay_end::whole;
};

task<> run_upload(worker& w, connection& c, workspace& ws, upload& state) {
    const auto t = w.shared().timeouts;  // a copy: a reload may come while this waits
    relay_plan plan;
    plan.chunked = ws.request.body == body_kind::chunked;
    plan.read_within = t.body_idle;
    plan.write_within = t.response_idle;
    plan.steps_back = true;
    stream& up = ws.x.upstream->bytes;
    ws.upload.begin(ws.x.body, plan);
    co_await relay_rest(ws.upload, c.bytes, up);
    state.running = false;
    const auto how = state.how = ws.upload.result().how;
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

enum class head_end : std::uint8_t { complete, interim, unfinished, nothing_came, gone, late, invalid, caller_gone };

// What has come of the answer's head since `scanned`. 100 is ours to send, 101 was not asked for (W-6).
head_end look_at_answer(worker& w, workspace& ws, std::size_t& scanned) noexcept {
    if (ws.upstream.empty()) return head_end::unfinished;
    head_error why{};
    const auto status = read_response_head(ws.upstream.view(), scanned, w.shared().limits, ws.request.method == "HEAD", ws.response, why);
    if (status == head_status::need_more) return head_end::unfinished;
    if (status == head_status::refused || ws.response.status == 101) return head_end::invalid;
    return ws.response.status < 200 ? head_end::interim : head_end::complete;
}

// What a read that failed says. `any`: something had come before it.
head_end no_more(const stream& up, bool any) noexcept {
    if (up.read_expired()) return head_end::late;
    return any ? head_end::gone : head_end::nothing_came;
}

// The slow way: heads in pieces, and interim answers, which are passed on to callers that know them. `now` is what was found first.
task<head_end> read_rest_of_head(worker& w, connection& c, workspace& ws, std::size_t scanned, head_end now) {
    stream& up = ws.x.upstream->bytes;
    std::size_t interim = 0;
    for (;;) {
        if (now == head_end::unfinished) {
            const auto [ec, n] = co_await up.read_some(ws.upstream.free(), ws.upstream.free_bytes());
            if (ec) co_return no_more(up, true);
            ws.upstream.received(n);
        } else if (now == head_end::interim) {
            if (++interim > bounds::interim_answers) co_return head_end::invalid;
            // Whoever is first with a key may hang up: that must not end the wait for an answer that will be kept.
            if (ws.response.status != 100 && ws.request.minor_version == 1 && ws.x.idempotent != once::claimed) {
                write_answer_head(ws, answer_framing::none, true);
                iovec part{ws.answer_out.data(), ws.answer_out.size()};
                c.bytes.write_within(w.shared().timeouts.response_idle);
                const error_code ec = co_await c.bytes.write(std::span(&part, 1));
                c.bytes.no_write_deadline();
                if (ec) co_return head_end::caller_gone;
                ws.x.interim_sent = true;
            }
            ws.upstream.consume(ws.response.head_bytes);
            scanned = 0;
        } else {
            co_return now;
        }
        now = look_at_answer(w, ws, scanned);
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
    const auto uploaded = up.how;
    if (uploaded == relay_end::source_gone) {
        x.aborted = "client_gone";
        return answered(after::close);
    }
    if (uploaded != relay_end::whole && uploaded != relay_end::sink_gone) return failed(why_upload_failed(uploaded));
    const bool stale = how == head_end::nothing_came && x.upstream->reused && x.reuse_allowed;
    const bool broke = how == head_end::nothing_came || how == head_end::gone;
    if (!stale) tell_failed(w, ws);
    if (broke && may_send_again(ws, how == head_end::nothing_came, body_in_memory))
        return {forwarded::kind::again, after::close, refusal::upstream_unavailable};
    if (stale) tell_failed(w, ws);
    if (how == head_end::late) return failed(refusal::upstream_timeout);
    return failed(how == head_end::invalid ? refusal::upstream_invalid : refusal::upstream_unavailable);
}

// What has been read of an answer before it turned out to be too large to keep.
void put_what_was_read(workspace& ws, answer_framing framing) {
    const auto& body = ws.kept.body;
    if (body.empty()) return;
    char line[sizeof framed_slices::chunk_line];
    if (framing == answer_framing::chunked) ws.answer_out.put({line, write_chunk_line(body.size(), line)});
    ws.answer_out.put(body);
    if (framing == answer_framing::chunked) ws.answer_out.put("\r\n");
}

// A body that is in memory whole, with the head that says its length.
void frame_whole(std::string_view head, std::string& body, framed_slices& out) noexcept {
    out.parts[0] = {const_cast<char*>(head.data()), head.size()};  // sendmsg does not write
    out.parts[1] = {body.data(), body.size()};
    out.count = body.empty() ? 1 : 2;
    out.end = body_reader::step::done;
}

task<forwarded> relay_answer(worker& w, connection& c, workspace& ws, upload& up) {
    auto& x = ws.x;
    const auto framing = framing_for(ws);
    const bool body_sent = !up.running && up.how == relay_end::whole;
    const bool keep = ws.request.keep_alive && !w.draining() && body_sent && framing != answer_framing::until_close;
    write_answer_head(ws, framing, keep);
    if (x.idempotent == once::settled) put_what_was_read(ws, framing);
    relay_plan plan;
    plan.prefix = ws.answer_out.view();
    plan.chunked = framing == answer_framing::chunked;
    plan.nothing_behind = true;
    plan.read_within = plan.write_within = w.shared().timeouts.response_idle;
    ws.answer.begin(ws.answered, plan);
    if (c.bytes.others_wait()) co_await c.bytes.end_of_batch();
    if (!relay_now(ws.answer, c.bytes)) co_await relay_rest(ws.answer, x.upstream->bytes, c.bytes);
    const relay_result end = ws.answer.result();
    x.status = ws.response.status;
    x.answer_bytes = ws.answered.seen_bytes();
    x.answer_started = end.started;
    if (up.running) co_await settle(c, *x.upstream, up);

    if (end.how == relay_end::whole) {
        if (body_sent && ws.response.keep_alive && ws.answered.kind() != body_kind::until_close) x.upstreams().give_back(std::move(x.upstream));
        co_return answered(keep ? after::keep : after::linger);
    }
    if (end.how == relay_end::sink_gone || end.how == relay_end::sink_late) {
        x.aborted = c.total.expired() ? "total_timeout" : end.how == relay_end::sink_late ? "client_late" : "client_gone";
        co_return answered(after::cut);
    }
    tell_broken(w, ws);
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
    auto& first = ws.first;
    if (x.idempotent == once::claimed) frame_whole(ws.head_out.view(), ws.body_out, first);
    else frame_buffered(x.body, ws.head_out.view(), ws.request.body == body_kind::chunked, first);
    if (first.end == body_reader::step::refused) co_return failed(refusal::bad_request);
    if (first.end == body_reader::step::too_large) co_return failed(refusal::payload_too_large);
    auto unwritten = first.span();
    // Upstreams and callers are woken once for all that a batch has for them. The epoch is looked at behind this wait.
    if (to.others_wait()) co_await to.end_of_batch();
    if (by.by() != nullptr && w.grants().moved_since(x.judged_at)) co_return forwarded{forwarded::kind::overtaken, after::close, refusal::overloaded};
    x.went = true;
    error_code sent = to.write_now(unwritten);
    if (is_would_block(sent)) {
        to.write_within(w.shared().timeouts.response_idle);
        sent = co_await to.write(unwritten);
        to.no_write_deadline();
    }
    x.sent = w.shared().time.ticks();

    upload up;
    const bool in_memory = first.end == body_reader::step::done;
    if (sent) up.how = relay_end::sink_gone;
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
    std::size_t scanned = 0;
    const auto [ec, n] = co_await to.read_some(ws.upstream.free(), ws.upstream.free_bytes());
    x.answered = w.shared().time.ticks();
    if (!ec) ws.upstream.received(n);
    head_end head = ec ? no_more(to, false) : look_at_answer(w, ws, scanned);
    if (head == head_end::unfinished || head == head_end::interim) head = co_await read_rest_of_head(w, c, ws, scanned, head);
    to.no_read_deadline();
    if (head != head_end::complete) {
        if (up.running) co_await settle(c, *x.upstream, up);
        co_return no_answer(w, c, ws, head, up, in_memory || sent);
    }
    up.answered = true;
    tell_answered(ws);
    ws.upstream.consume(ws.response.head_bytes);
    ws.upstream.keep_consumed();
    ws.answered = body_reader(ws.upstream, ws.response);
    if (x.idempotent == once::claimed) {
        const auto done = co_await keep_answer(w, c, ws, !sent);
        if (done) co_return *done;
    }
    co_return co_await relay_answer(w, c, ws, up);
}

}  // namespace tollgate
