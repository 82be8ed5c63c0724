#include "tollgate/gateway/worker.hpp"

#include "connection.hpp"
#include "edition.hpp"
#include "heads.hpp"
#include "session.hpp"
#include "tollgate/net/acceptor.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"
#include "workspace.hpp"

#include <boost/smart_ptr/make_local_shared.hpp>

#include <random>
#include <utility>

namespace tollgate {
namespace {

constexpr std::size_t kSpareWorkspaces = 16;  // kept for ever; more go when a tick has passed without them
constexpr std::chrono::milliseconds kAcceptBackOff{100};
constexpr std::uint64_t kTicksBetweenFailures = std::chrono::seconds(10) / timer_wheel::tick;
constexpr std::size_t kTurnedAway = 64;       // callers at once, when there is no descriptor left

bool is_loopback(const ip_address& a) {
    static const auto v4 = *ip_block::parse("127.0.0.0/8"), v6 = *ip_block::parse("::1");
    return v4.contains(a) || v6.contains(a);
}

}  // namespace

struct worker::waiter {
    explicit waiter(loop& on) : woken(on) {}
    event woken;
    read_end end = read_end::done;
};

struct worker::listener {
    listener(loop& on, const listener_settings& s) : settings(s), socket(on, s.descriptor) {}
    listener_settings settings;
    acceptor socket;
};

worker::worker(std::shared_ptr<const plane> p, api_counters_list counts, change_feed& feed, std::size_t thread)
    : plane_(p.get()),
      thread_(thread),
      wheel_(io_),
      reader_(feed, thread, bounds::grants_per_thread, &p->tokens.known()),
      macs_(p->tokens.macs()),
      log_(p->requests),
      edition_(boost::make_local_shared<edition>(p, std::move(counts), io_, wheel_, thread)) {
    counters_.pools_up.set(edition_->upstreams().size());  // nothing is known to be down yet
    std::random_device device;
    id_prefix_ = static_cast<std::uint64_t>(device()) << 32 | device();
    id_next_ = static_cast<std::uint64_t>(device()) << 32 | device();
    begin_tracing();
}

worker::~worker() = default;

void worker::listen(const listener_settings& on) { listeners_.push_back(std::make_unique<listener>(io_, on)); }

void worker::run() {
    wheel_.start([this] { each_tick(); });
    for (auto& l : listeners_) spawn(io_, accept(*l));
    io_.run();
    log_.flush();
    hand_over_spans();
    hand_over_uses();
    hand_over_denials(true);
}

task<> worker::accept(listener& on) {
    struct counted {
        explicit counted(std::size_t& n) noexcept : count(++n) {}
        ~counted() { --count; }
        std::size_t& count;
    } const here(accepting_);
    while (on.socket.is_open()) {
        if (session_count_ >= plane_->connections) {  // the kernel's queue holds those who wait
            co_await pause(io_, wheel_, kAcceptBackOff);
            continue;
        }
        int socket = -1;
        const auto [ec, none] = co_await on.socket.accept(socket);
        if (!ec && plane_->spares.take_back(socket)) {
            counters_.refused_by_descriptors.add();
            continue;
        }
        if (!ec) {
            said_no_descriptors_ = false;
            open_session(socket, on.settings);
            continue;
        }
        if (!on.socket.is_open()) co_return;
        if (is_out_of_descriptors(ec)) turn_away(on);
        else plane_->log.warn("a connection could not be accepted", {{"error", ec.message()}});
        co_await pause(io_, wheel_, kAcceptBackOff);
    }
}

// No descriptor is left: who waits is closed, which it can tell from a gateway that hangs. Connections to upstreams stay, for those who are served.
void worker::turn_away(listener& on) {
    counters_.refused_by_descriptors.add(on.socket.turn_away(plane_->spares, kTurnedAway));
    if (std::exchange(said_no_descriptors_, true)) return;
    plane_->log.error("no descriptor is left: callers are closed unread until there is one; raise LimitNOFILE, or lower limits.connections");
}

void worker::open_session(int socket, const listener_settings& on) {
    auto c = meet(socket, on);
    if (on.proxy_protocol && !c->trusted) {  // closed unread: on such a listener nobody else has anything to say
        counters_.proxy_headers_refused.add();
        return;
    }
    if (!c->is_unix && !c->proxy_header && !admit(*c)) return;  // closed unread
    begin_session(std::move(c), {});
}

// A connection as its listener and its peer say what it is.
std::unique_ptr<connection> worker::meet(int socket, const listener_settings& on) {
    const peer_facts peer = meet_peer(socket);
    auto c = std::make_unique<connection>(io_, wheel_, socket);
    c->listener = on.number;
    if (on.tls < plane_->tls.size()) c->tls = plane_->tls[on.tls];
    c->secure = on.treat_as_secure || on.local_operator || c->tls != nullptr;
    introduce(*c, peer.address);
    if (peer.is_unix) {
        c->is_unix = true;
        c->client_text = "unix";
        c->trusted = false;
        write_forwarding_prefix(*c);
    }
    c->proxy_header = on.proxy_protocol;
    c->local_operator = on.local_operator && peer.uid.has_value();
    c->uid = peer.uid.value_or(0);
    return c;
}

void worker::begin_session(std::unique_ptr<connection> c, std::string early) {
    connection* raw = c.get();
    raw->next = sessions_;
    raw->link = &sessions_;
    if (sessions_ != nullptr) sessions_->link = &raw->next;
    sessions_ = raw;
    ++session_count_;
    counters_.connections_accepted.add();
    counters_.connections_open.set(session_count_);
    spawn(io_, run_session(*this, std::move(c), std::move(early)));
}

void worker::introduce(connection& c, const ip_address& peer) {
    c.client = peer;
    c.client_text = peer.text();
    c.trusted = contains(plane_->trusted_proxies, peer);
    write_forwarding_prefix(c);
}

// Proxies bring many callers, and whoever is on this machine has other ways to be a nuisance.
bool worker::admit(connection& c) {
    if (plane_->callers == nullptr || plane_->connections_per_address == 0 || c.trusted || is_loopback(c.client)) return true;
    if (!plane_->callers->enter(c.client, plane_->connections_per_address)) {
        counters_.refused_by_address.add();
        return false;
    }
    c.counted = true;
    c.counted_as = c.client;
    return true;
}

void worker::adopt(std::shared_ptr<const plane> p, api_counters_list counts, std::function<void()> done) {
    post_to(io_, [this, p = std::move(p), counts = std::move(counts), done = std::move(done)]() mutable {
        const plane* const next = p.get();
        const auto before = std::exchange(edition_, boost::make_local_shared<edition>(std::move(p), std::move(counts), io_, wheel_, thread_));
        plane_ = next;
        begin_tracing();
        counters_.pools_up.set(edition_->upstreams().size());
        for (const auto& u : before->upstreams()) u->close_idle();
        done();
    });
}

void worker::count_meeting(const connection& c, const tls_meeting& how) {
    if (how.fault == tls_fault::none) {
        counters_.tls_handshakes.add();
        if (how.resumed) counters_.tls_resumed.add();
        return;
    }
    counters_.tls_failures[static_cast<std::size_t>(how.fault)].add();
    ++failures_unsaid_;
    if (how.fault == tls_fault::ended || wheel_.now_tick() < say_failure_at_) return;  // whoever only looks whether the port is open ends it so
    const auto count = std::to_string(failures_unsaid_);
    plane_->log.info("a TLS handshake failed",
        {{"client", c.client_text}, {"reason", to_string(how.fault)}, {"why", how.why}, {"failures_since_the_last_line", count}});
    failures_unsaid_ = 0;
    say_failure_at_ = wheel_.now_tick() + kTicksBetweenFailures;
}

void worker::session_ended(connection& c) noexcept {
    *c.link = c.next;
    if (c.next != nullptr) c.next->link = c.link;
    if (c.counted) plane_->callers->leave(c.counted_as);
    --session_count_;
    counters_.connections_open.set(session_count_);
}

void worker::drain(std::chrono::milliseconds within) {
    drain_ms_.store(within.count());
    post_to(io_, [this] { begin_drain(); });
}

void worker::begin_drain() {
    if (draining_) return;
    draining_ = true;
    cut_at_tick_ = wheel_.now_tick() + static_cast<std::uint64_t>(drain_ms_.load() / timer_wheel::tick.count());
    stop_accepting();
}

void worker::stop_accepting() {
    for (auto& l : listeners_) l->socket.close();
    for (const auto& u : edition_->upstreams()) u->close_idle();
}

void worker::each_tick() {
    counters_.beats.add();
    if (spare_low_ > kSpareWorkspaces) spare_.resize(spare_.size() - (spare_low_ - kSpareWorkspaces + 1) / 2);
    spare_low_ = spare_.size();
    log_.flush();
    hand_over_spans();
    hand_over_what_is_due();
    const auto& s = reader_.statistics();
    counters_.cache_hits.set(s.hits);
    counters_.cache_misses.set(s.misses);
    counters_.cache_negatives.set(s.negatives);
    counters_.cache_drops.set(s.drops);
    counters_.reads_overtaken.set(s.overtaken);
    std::uint64_t up = 0;
    for (const auto& u : edition_->upstreams()) {
        u->reap();
        up += u->any_up() ? 1 : 0;
    }
    counters_.pools_up.set(up);
    if (!draining_ && stance_ != stance::hands_on) return;
    const bool out_of_time = wheel_.now_tick() >= cut_at_tick_;
    for (connection* c = sessions_; c != nullptr; c = c->next) {
        if (c->idle && (draining_ || out_of_time)) c->bytes.abandon();  // what is handed on goes by its next request, or is gone already
        else if (out_of_time) c->total.end();  // what waits is cut short, and a cut answer ends with a reset: it must not look whole
    }
    if (session_count_ != 0 || accepting_ != 0) return;
    wheel_.stop();
    io_.finish();
}

std::unique_ptr<workspace> worker::lend() {
    if (spare_.empty()) {
        spare_low_ = 0;
        return std::make_unique<workspace>(plane_->limits.head_bytes);
    }
    auto w = std::move(spare_.back());
    spare_.pop_back();
    spare_low_ = std::min(spare_low_, spare_.size());
    return w;
}

void worker::give_back(std::unique_ptr<workspace> w) {
    w->reset();
    spare_.push_back(std::move(w));
}

void worker::write_request_id(char (&out)[32]) noexcept {
    constexpr std::string_view digits = "0123456789abcdef";
    // A counter through a bijection: unique in this thread, and not to be read as a count.
    std::uint64_t mixed = ++id_next_ * 0x9e3779b97f4a7c15ull;
    mixed ^= mixed >> 32;
    for (std::size_t i = 0; i < 16; ++i) {
        out[i] = digits[id_prefix_ >> (60 - 4 * i) & 15];
        out[16 + i] = digits[mixed >> (60 - 4 * i) & 15];
    }
}

task<worker::read_end> worker::read_grant(digest key) {
    const auto start = reader_.begin_read(key);
    if (start == grant_reader::start::full) co_return read_end::overloaded;
    waiter here(io_);
    waiting_[key].push_back(&here);
    if (start == grant_reader::start::launch) {
        const bool launched = launch_read(key);
        if (!launched) end_read(key, failure{errc::full, "too many cold reads wait"});
    }
    co_await here.woken.wait();
    co_return here.end;
}

bool worker::launch_read(const digest& key) {
    return plane_->blocking.run(
        [this, key, &tokens = plane_->tokens] { post_to(io_, [this, key, outcome = tokens.read(key)] { end_read(key, outcome); }); });
}

void worker::end_read(const digest& key, const result<std::optional<indexed_grant>>& outcome) {
    if (!reader_.finish_read(key, outcome)) {  // overtaken by a change: what was read may be what was revoked
        const bool launched = launch_read(key);
        if (launched) return;
        end_read(key, failure{errc::full, "too many cold reads wait"});
        return;
    }
    const auto it = waiting_.find(key);
    if (it == waiting_.end()) return;
    const auto waiters = std::move(it->second);
    waiting_.erase(it);
    const auto end = outcome.has_value() ? read_end::done : outcome.error().kind == errc::full ? read_end::overloaded : read_end::unavailable;
    for (auto* w : waiters) {
        w->end = end;
        w->woken.set();
    }
}

}  // namespace tollgate
