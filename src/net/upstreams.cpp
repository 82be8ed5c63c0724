#include "tollgate/net/upstreams.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace tollgate {
namespace {

constexpr std::uint64_t kDownTicks = std::chrono::seconds(1) / timer_wheel::tick;
constexpr std::uint64_t kOneLess = ~std::uint64_t{0};  // of a figure that editions of a reload share
constexpr std::uint32_t kNoBound = std::numeric_limits<std::uint32_t>::max();

// A thread's share of a bound; the first threads have what does not divide.
std::uint32_t share(std::uint32_t of, std::size_t thread, std::size_t threads) noexcept {
    const auto n = static_cast<std::uint32_t>(threads);
    return of / n + (thread < of % n ? 1 : 0);
}

}  // namespace

struct upstream_place {
    upstream_place(std::shared_ptr<pool_member> server, std::size_t thread) : of(std::move(server)), mine(of->cells[thread]) {
        idle.reserve(bounds::idle_upstreams_per_server);
    }
    const std::shared_ptr<pool_member> of;
    pool_member::cell& mine;
    std::uint32_t active = 0;
    std::uint64_t down_until = 0;  // tick; it refused this thread
    bool kept = true;              // idle connections are worth keeping
    bool asked = true;             // gets requests
    bool up = true;                // and not only because no server is well
    std::vector<std::unique_ptr<upstream_connection>> idle;  // last in, first out
    std::shared_ptr<tls_session_slot> session = of->by_tls ? std::make_shared<tls_session_slot>() : nullptr;
};

task<error_code> reach(
    stream& s, const pool_board& of, const pool_member& to, std::chrono::milliseconds within, std::shared_ptr<tls_session_slot> session) {
    s.read_within(within);
    error_code ec = co_await s.connect(to.at);
    if (!ec && to.by_tls) ec = co_await meet_server(s, *of.tls, to.host, std::move(session));
    if (ec && s.read_expired()) ec = asio::error::timed_out;
    s.no_read_deadline();
    co_return ec;
}

upstream_connection::upstream_connection(loop& on, timer_wheel& w, upstream_set& of, std::shared_ptr<upstream_place> to)
    : bytes(on, w), of_(of), at_(std::move(to)) {
    ++of_.open_;
    of_.occupy(*at_);
}

upstream_connection::~upstream_connection() {
    --of_.open_;
    if (!in_use_) return;
    of_.leave(*at_);
    of_.free_slot();
}

void upstream_connection::succeeded(std::chrono::nanoseconds took, monotonic now) noexcept {
    at_->mine.requests.add();
    if (at_->mine.streak.get() != 0) at_->mine.streak.set(0);
    of_.budget_.request();
    if (of_.board_.rules.adaptive && of_.load_.answered(took, of_.active_, now)) of_.set_slots();
}

void upstream_connection::failed() noexcept {
    at_->mine.requests.add();
    at_->mine.failures.add();
    at_->mine.streak.add();
    of_.budget_.request();
}

void upstream_connection::broke() noexcept {
    at_->mine.failures.add();
    at_->mine.streak.add();
}

const pool_member* upstream_connection::server() const noexcept { return at_->of.get(); }

void upstream_wait::give_up() noexcept {
    if (woken_.is_set()) return;
    of_.forget(*this);
    woken_.set();
}

upstream_set::upstream_set(
    loop& on, timer_wheel& wheel, const upstream_pool_settings& settings, std::size_t thread, std::chrono::milliseconds keep_idle)
    : loop_(on),
      wheel_(wheel),
      settings_(settings),
      board_(*settings.board),
      mine_((*board_.cells)[thread]),
      thread_(thread),
      keep_idle_(keep_idle),
      random_(0x9e3779b97f4a7c15ull * (thread + 1)),
      budget_(board_.rules.retry.budget_percent),
      share_(board_.rules.max_connections == 0 ? kNoBound : std::max(1u, share(board_.rules.max_connections, thread, board_.threads))),
      queue_share_(share(board_.rules.queue, thread, board_.threads)),
      slots_(share_) {
    set_slots();
    catch_up();
}

upstream_set::~upstream_set() { close_idle(); }

// Another view is up: what is known of servers that stay, and their connections, are kept.
void upstream_set::catch_up() {
    version_ = board_.version();
    const auto view = board_.view();
    std::vector<std::shared_ptr<upstream_place>> next;
    std::vector<std::uint32_t> weights;
    const bool any_asked = std::ranges::any_of(view->servers, &pool_view::place::asked);
    for (const auto& s : view->servers) {
        const auto known = std::ranges::find(places_, s.of, [](const auto& p) { return p->of; });
        next.push_back(known != places_.end() ? *known : std::make_shared<upstream_place>(s.of, thread_));
        next.back()->kept = s.state != server_state::draining;
        next.back()->up = s.asked();
        next.back()->asked = any_asked ? s.asked() : next.back()->kept;
        weights.push_back(next.back()->asked ? s.weight : 0);
    }
    for (const auto& p : places_)
        if (std::ranges::find(next, p) == next.end()) p->kept = false;
    std::swap(places_, next);
    for (const auto& p : next)
        if (!p->kept) p->idle.clear();
    pick_.set(weights);
    breaker_ = view->breaker;
}

// The breaker lets nobody through, or the one who asks is not one of the probes.
bool upstream_set::is_closed() noexcept {
    if (breaker_ == pool_breaker::state::closed) return false;
    return breaker_ == pool_breaker::state::open || !board_.take_probe();
}

void upstream_set::set_slots() noexcept {
    slots_ = board_.rules.adaptive ? std::min(share_, load_.now()) : share_;
    mine_.slots.set(slots_ == kNoBound ? 0 : slots_);
    while (first_ != nullptr && active_ < slots_) {
        ++active_;
        auto& w = *first_;
        w.granted_ = true;
        forget(w);
        w.woken_.set();
    }
}

void upstream_set::occupy(upstream_place& p) noexcept {
    ++p.active;
    p.mine.active.add();
}
void upstream_set::leave(upstream_place& p) noexcept {
    --p.active;
    p.mine.active.add(kOneLess);
}

// Whoever waits longest gets it.
void upstream_set::free_slot() noexcept {
    --active_;
    if (first_ != nullptr) set_slots();
}

void upstream_set::forget(upstream_wait& w) noexcept {
    upstream_wait* before = nullptr;
    for (auto* at = first_; at != &w; at = at->next_) before = at;
    (before != nullptr ? before->next_ : first_) = w.next_;
    if (last_ == &w) last_ = before;
    --queued_;
    mine_.queued.add(kOneLess);
}

std::size_t upstream_set::choose(const pool_member* not_this, const std::vector<const pool_member*>* tried) noexcept {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    const auto active = [this](std::size_t i) { return places_[i]->active; };
    const auto untried = [&](std::size_t i) { return tried == nullptr || std::ranges::find(*tried, places_[i]->of.get()) == tried->end(); };
    const auto good = [&](std::size_t i) { return places_[i]->down_until <= wheel_.now_tick() && places_[i]->of.get() != not_this && untried(i); };
    auto at = pick_.next(random_, active, good);
    if (at == server_pick::none && tried != nullptr) at = pick_.next(random_, active, untried);  // better than nobody
    return at;
}

std::unique_ptr<upstream_connection> upstream_set::idle_of(upstream_place& p) {
    while (!p.idle.empty()) {
        auto c = std::move(p.idle.back());
        p.idle.pop_back();
        if (!c->bytes.quiet()) continue;
        c->in_use_ = true;
        c->reused = true;
        occupy(p);
        return c;
    }
    return nullptr;
}

std::unique_ptr<upstream_connection> upstream_set::take_idle() {
    if (version_ != board_.version()) catch_up();
    if (active_ >= slots_ || breaker_ != pool_breaker::state::closed) return nullptr;
    const auto at = choose(nullptr, nullptr);
    if (at == server_pick::none) return nullptr;
    auto c = idle_of(*places_[at]);
    if (c) ++active_;
    return c;
}

task<upstream_set::acquired> upstream_set::acquire(wish how) {
    if (version_ != board_.version()) catch_up();
    if (is_closed()) {
        mine_.shed.add();
        co_return acquired{nullptr, refusal::overloaded};
    }
    if (active_ >= slots_) {
        const bool taken = co_await wait_for_slot(how.waiting);
        if (!taken) co_return acquired{nullptr, refusal::overloaded};
    } else {
        ++active_;
    }
    acquired out = co_await connect(how);
    if (!out.connection) free_slot();
    co_return out;
}

task<bool> upstream_set::wait_for_slot(upstream_wait** waiting) {
    if (queued_ >= queue_share_) {
        mine_.queue_overflows.add();
        co_return false;
    }
    upstream_wait here(loop_, wheel_, *this);
    (last_ != nullptr ? last_->next_ : first_) = &here;
    last_ = &here;
    ++queued_;
    mine_.queued.add();
    here.arm(board_.rules.queue_timeout);
    if (waiting != nullptr) *waiting = &here;
    co_await here.woken_.wait();
    if (waiting != nullptr) *waiting = nullptr;
    if (!here.granted_) mine_.queue_timeouts.add();
    co_return here.granted_;
}

// With a slot, which the connection takes over.
task<upstream_set::acquired> upstream_set::connect(wish how) {
    acquired out;
    std::vector<const pool_member*> tried;
    for (;;) {
        if (version_ != board_.version()) catch_up();
        const auto index = choose(how.not_this, &tried);
        if (index == server_pick::none) {
            if (!tried.empty()) co_return out;
            mine_.no_server.add();
            co_return acquired{nullptr, refusal::overloaded};
        }
        const auto place = places_[index];
        if (!how.fresh) out.connection = idle_of(*place);
        if (out.connection) co_return out;
        make_room();
        auto made = std::make_unique<upstream_connection>(loop_, wheel_, *this, place);
        const error_code ec = co_await reach(made->bytes, board_, *place->of, how.connect_within, place->session);
        if (!ec) {
            place->down_until = 0;
            place->mine.connections.add();
            out.connection = std::move(made);
            co_return out;
        }
        made->failed();
        made->in_use_ = false;  // the slot stays here
        leave(*place);
        place->down_until = wheel_.now_tick() + kDownTicks;
        out.why = ec == asio::error::timed_out ? refusal::upstream_timeout : refusal::upstream_unavailable;
        tried.push_back(place->of.get());
    }
}

// An idle connection to another server gives way where the bound counts it.
void upstream_set::make_room() noexcept {
    if (open_ < share_) return;
    for (const auto& p : places_) {
        if (p->idle.empty()) continue;
        p->idle.erase(p->idle.begin());
        return;
    }
}

void upstream_set::give_back(std::unique_ptr<upstream_connection> c) {
    const auto place = c->at_;
    c->bytes.no_read_deadline();
    c->bytes.no_write_deadline();
    c->idle_since_ = wheel_.now_tick();
    c->in_use_ = false;
    leave(*place);
    if (place->kept && place->idle.size() < bounds::idle_upstreams_per_server) place->idle.push_back(std::move(c));
    c.reset();
    free_slot();
}

bool upstream_set::take_retry() noexcept {
    if (!budget_.take()) return false;
    mine_.retries.add();
    return true;
}

void upstream_set::close_idle() noexcept {
    for (const auto& p : places_) p->idle.clear();
}

void upstream_set::reap() noexcept {
    if (version_ != board_.version()) catch_up();  // also where no request comes: /readyz and idle connections follow
    const auto limit = static_cast<std::uint64_t>(keep_idle_ / timer_wheel::tick);
    for (const auto& p : places_) {
        // The longest idle are in front: last in, first out keeps them there.
        const auto fresh = std::ranges::find_if(p->idle, [&](const auto& c) { return c->idle_since_ + limit > wheel_.now_tick(); });
        p->idle.erase(p->idle.begin(), fresh);
    }
}

bool upstream_set::any_up() const noexcept {
    return std::ranges::any_of(places_, [this](const auto& p) { return p->up && p->down_until <= wheel_.now_tick(); });
}

}  // namespace tollgate
