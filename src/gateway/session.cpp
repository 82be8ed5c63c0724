#include "session.hpp"

#include "exchange.hpp"
#include "tollgate/codec/proxy_header.hpp"

namespace tollgate {
namespace {

constexpr auto kBriefWait = 2 * timer_wheel::tick;          // with a buffer in hand; then without
constexpr std::chrono::milliseconds kLingerFor{2'000};

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
    void release() {
        if (held_) from_.give_back(std::move(held_));
    }

 private:
    worker& from_;
    std::unique_ptr<workspace> held_;
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

enum class arrival : std::uint8_t { head, refused, quiet, ended, late };

// `quiet`: nothing came within a short wait, and there is nothing but the buffer to give back. What comes after a longer wait is `begun`.
task<arrival> read_head(worker& w, connection& c, lent& space, bool fresh, bool begun, head_error& why) {
    const auto t = w.shared().timeouts;  // a copy: a reload may come while this waits
    workspace& ws = space.get();
    begun = begun || !ws.downstream.empty();
    for (bool timed = false;;) {
        if (begun) {
            c.idle = false;
            auto status = head_status::need_more;
            if (!ws.downstream.empty()) status = read_request_head(ws.downstream.view(), ws.scanned, w.shared().limits, ws.request, why);
            if (status != head_status::need_more) {
                if (timed) c.bytes.no_read_deadline();
                co_return status == head_status::complete ? arrival::head : arrival::refused;
            }
            if (!timed) c.bytes.read_within(t.head);
            timed = true;
        } else {
            c.idle = true;
            if (w.draining() && !fresh) co_return arrival::ended;
            ws.downstream.clear();
            c.bytes.read_within(std::min<std::chrono::milliseconds>(kBriefWait, fresh ? t.head : t.keep_alive));
        }
        const auto [ec, n] = co_await c.bytes.read_some(ws.downstream.free(), ws.downstream.free_bytes());
        if (!ec) {
            ws.downstream.received(n);
            if (!begun) c.bytes.no_read_deadline();
            begun = true;
            continue;
        }
        const bool late = c.bytes.read_expired();
        c.bytes.no_read_deadline();
        if (!begun && late && is_cancelled(ec)) co_return w.draining() && !fresh ? arrival::ended : arrival::quiet;
        co_return late && !ws.downstream.empty() ? arrival::late : arrival::ended;
    }
}

// The header that must begin the connection. False: something else did, or nothing came in time.
task<bool> read_introduction(worker& w, connection& c, lent& space) {
    workspace& ws = space.get();
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

}  // namespace

task<> run_session(worker& w, std::unique_ptr<connection> c) {
    const listed entry(w, *c);
    lent space(w);
    after next = after::keep;
    bool fresh = true;
    if (c->proxy_header) {
        const bool introduced = co_await read_introduction(w, *c, space);
        if (!introduced) {
            w.count().proxy_headers_refused.add();
            c->bytes.abort();
            co_return;
        }
    }
    while (next == after::keep) {
        head_error why{};
        arrival what = co_await read_head(w, *c, space, fresh, false, why);
        if (what == arrival::quiet) {  // the longer wait needs neither a buffer nor the frame of read_head
            space.release();
            c->bytes.read_within(fresh ? w.shared().timeouts.head : w.shared().timeouts.keep_alive);
            const auto [ec, none] = co_await c->bytes.wait_readable();
            c->bytes.no_read_deadline();
            if (ec) co_return;
            what = co_await read_head(w, *c, space, fresh, true, why);
        }
        if (what == arrival::ended) co_return;
        workspace& ws = space.get();
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
