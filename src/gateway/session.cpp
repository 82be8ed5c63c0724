#include "session.hpp"

#include "exchange.hpp"
#include "hand_on.hpp"
#include "tollgate/codec/proxy_header.hpp"

#include <cstring>
#include <utility>

namespace tollgate {
namespace {

constexpr std::chrono::milliseconds kLingerFor{2'000};
constexpr int kInARow = 4;  // requests that came together are served so many at a time: the loop's others wait for these, not for a buffer full

refusal refusal_for(head_error e) noexcept {
    switch (e) {
        case head_error::bad_version: return refusal::http_version_unsupported;
        case head_error::bad_method: return refusal::method_unsupported;
        case head_error::target_too_long: return refusal::target_too_long;
        case head_error::too_large: return refusal::head_too_large;
        case head_error::unsupported_expectation: return refusal::expectation_failed;
        default: return refusal::bad_request;
    }
}

// What the session holds while it runs: a workspace only while there is something to work on.
struct lent {
    explicit lent(worker& from) : from_(from) {}
    ~lent() { release(); }
    lent(const lent&) = delete;
    lent& operator=(const lent&) = delete;
    workspace& get() {
        if (!held_) held_ = from_.lend();
        return *held_;
    }
    [[nodiscard]] bool has_bytes() const noexcept { return held_ && !held_->downstream.empty(); }
    void release() {
        if (held_) from_.give_back(std::move(held_));
    }

 private:
    worker& from_;
    std::unique_ptr<workspace> held_;
};

// While this lives, the connection is neither idle nor in an exchange.
struct apart {
    explicit apart(connection& c) noexcept : of(c) { of.apart = true; }
    ~apart() { of.apart = false; }
    apart(const apart&) = delete;
    apart& operator=(const apart&) = delete;
    connection& of;
};

// The connection's place in the worker's list ends with the session.
struct listed {
    listed(worker& w, connection& c) : of(w), what(c) {}
    ~listed() { of.session_ended(what); }
    listed(const listed&) = delete;
    listed& operator=(const listed&) = delete;
    worker& of;
    connection& what;
};

enum class arrival : std::uint8_t { head, refused, unfinished, ended, late };

arrival look_at_head(worker& w, workspace& ws, head_error& why) noexcept {
    switch (read_request_head(ws.downstream.view(), ws.scanned, w.shared().limits, ws.request, why)) {
        case head_status::complete: return arrival::head;
        case head_status::refused: return arrival::refused;
        case head_status::need_more: break;
    }
    return arrival::unfinished;
}

// Most heads are there whole when the first of their bytes is, and need no wait.
arrival read_head_now(worker& w, connection& c, workspace& ws, head_error& why) noexcept {
    if (ws.downstream.empty()) {
        const auto [ec, n] = c.bytes.read_now(ws.downstream.free(), ws.downstream.free_bytes());
        if (ec) return is_would_block(ec) ? arrival::unfinished : arrival::ended;
        ws.downstream.received(n);
    }
    return look_at_head(w, ws, why);
}

task<arrival> read_rest_of_head(worker& w, connection& c, workspace& ws, head_error& why) {
    const apart here(c);
    c.bytes.read_within(w.shared().timeouts.head);
    auto what = arrival::unfinished;
    while (what == arrival::unfinished) {
        const auto [ec, n] = co_await c.bytes.read_some(ws.downstream.free(), ws.downstream.free_bytes());
        if (ec) {
            what = c.bytes.read_expired() && !ws.downstream.empty() ? arrival::late : arrival::ended;
            break;
        }
        ws.downstream.received(n);
        what = look_at_head(w, ws, why);
    }
    c.bytes.no_read_deadline();
    co_return what;
}

// The header that must begin the connection. False: something else did, or nothing came in time.
task<bool> read_introduction(worker& w, connection& c, lent& space) {
    workspace& ws = space.get();
    const apart here(c);
    c.bytes.read_within(w.shared().timeouts.head);
    proxy_header h;
    auto status = proxy_header_status::need_more;
    while (status == proxy_header_status::need_more) {
        const auto [ec, n] = co_await c.bytes.read_some(ws.downstream.free(), ws.downstream.free_bytes());
        if (ec) break;
        ws.downstream.received(n);
        status = read_proxy_header(ws.downstream.view(), h);
    }
    c.bytes.no_read_deadline();
    if (status != proxy_header_status::complete) co_return false;
    ws.downstream.consume(h.bytes);
    ws.downstream.restart();
    if (h.source) w.introduce(c, *h.source);
    co_return true;
}

// The caller may still be sending: let our answer arrive before a reset could destroy it (RFC 9112 §9.6).
task<> linger(connection& c, workspace& ws) {
    const apart here(c);
    c.bytes.shutdown_write();
    c.bytes.read_within(kLingerFor);
    ws.downstream.clear();
    ws.downstream.restart();
    for (std::size_t seen = 0; seen < bounds::drain_bytes;) {
        const auto [ec, n] = co_await c.bytes.read_some(ws.downstream.free(), ws.downstream.free_bytes());
        if (ec) co_return;
        seen += n;
    }
}

constexpr std::string_view kNotHttps =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 49\r\nConnection: close\r\n\r\n"
    "This port speaks HTTPS: write https:// in the URL";

// The handshake, within the time for a head. What has come behind a PROXY header belongs to it.
task<bool> meet_by_tls(worker& w, connection& c, lent& space) {
    std::string early(space.has_bytes() ? space.get().downstream.view() : std::string_view());
    space.release();
    const apart here(c);
    c.bytes.read_within(w.shared().timeouts.head);
    const tls_meeting how = co_await c.bytes.accept_tls(c.tls, std::move(early));
    c.bytes.no_read_deadline();
    w.count_meeting(c, how);
    if (how.fault == tls_fault::plain_http) {
        iovec part{const_cast<char*>(kNotHttps.data()), kNotHttps.size()};  // sendmsg does not write
        std::span<iovec> parts(&part, 1);
        if (!c.bytes.write_now(parts)) co_await linger(c, space.get());
    }
    co_return how.fault == tls_fault::none;
}

// False: what was read elsewhere is more than a head may be here.
bool put_early(lent& space, const std::string& early) {
    if (early.empty()) return true;
    inbound& into = space.get().downstream;
    if (into.free_bytes() < early.size()) return false;
    std::memcpy(into.free(), early.data(), early.size());
    into.received(early.size());
    return true;
}

std::string take_unused(lent& space) {
    std::string out(space.has_bytes() ? space.get().downstream.view() : std::string_view());
    space.release();
    return out;
}

}  // namespace

task<> run_session(worker& w, std::unique_ptr<connection> c, std::string early) {
    using stance = worker::stance;
    const listed entry(w, *c);
    lent space(w);
    after next = after::keep;
    bool fresh = true;
    int in_a_row = 0;
    if (w.now() != stance::serves) [[unlikely]] {
        const bool ours = co_await w.stand_by(*c);
        if (!ours) co_return co_await hand_on(w, *c, std::move(early), true);
    }
    if (!put_early(space, std::exchange(early, {}))) co_return;
    if (c->proxy_header) {
        const bool introduced = co_await read_introduction(w, *c, space);
        if (!introduced) {
            w.count().proxy_headers_refused.add();
            c->bytes.abort();
            co_return;
        }
        if (!w.admit(*c)) {
            c->bytes.abort();
            co_return;
        }
    }
    if (c->tls) {
        const bool met = co_await meet_by_tls(w, *c, space);
        if (!met) co_return;
    }
    while (next == after::keep) {
        if (!space.has_bytes()) {  // a connection that waits holds no buffer
            space.release();
            c->idle = true;
            if (w.draining() && !fresh) co_return;
            if (w.now() == stance::hands_on && !c->bytes.encrypted()) co_return co_await hand_on(w, *c, {}, false);
            c->bytes.read_within(fresh ? w.shared().timeouts.head : w.shared().timeouts.keep_alive);
            const auto [ec, none] = co_await c->bytes.wait_readable();
            c->bytes.no_read_deadline();
            if (ec && is_cancelled(ec) && w.now() == stance::hands_on) co_return co_await hand_on(w, *c, {}, false);
            if (ec) co_return;
            in_a_row = 0;
        } else if (++in_a_row == kInARow) {
            in_a_row = 0;
            co_await c->bytes.end_of_batch();
        }
        c->idle = false;
        head_error why{};
        arrival what = read_head_now(w, *c, space.get(), why);
        if (what == arrival::unfinished && !space.has_bytes() && !c->bytes.amid_record()) continue;  // nothing was there after all
        if (what == arrival::unfinished) what = co_await read_rest_of_head(w, *c, space.get(), why);
        if (what == arrival::ended) co_return;
        if (w.now() != stance::serves) [[unlikely]] {
            const bool ours = co_await w.stand_by(*c);
            if (!ours) co_return co_await hand_on(w, *c, take_unused(space), false);
        }
        workspace& ws = space.get();
        if (c->last) [[unlikely]]
            ws.request.keep_alive = false;
        if (what == arrival::head) {
            ws.downstream.consume(ws.request.head_bytes);
            ws.downstream.keep_consumed();
            next = co_await exchange(w, *c, ws);
        } else {
            next = co_await refuse_head(w, *c, ws, what == arrival::late ? refusal::request_timeout : refusal_for(why));
        }
        account(w, *c, ws);
        ws.downstream.restart();
        ws.scanned = 0;
        fresh = false;
    }
    if (next == after::linger) co_await linger(*c, space.get());
    if (next == after::cut) c->bytes.abort();
}

}  // namespace tollgate
