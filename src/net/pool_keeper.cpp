#include "tollgate/net/pool_keeper.hpp"

#include "tollgate/base/thread_name.hpp"
#include "tollgate/codec/http_guard.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/spawn.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/upstreams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate {
namespace {

constexpr unsigned kTicksALook = 4;
constexpr std::size_t kCheckBytes = 8 * 1024;  // of a check's answer: its head has to fit
constexpr std::size_t kResolving = 64;
constexpr std::chrono::milliseconds kHomeless{5'000};  // a name without an address is asked for at least so often

// What threads have counted of a server since the last look.
seen_exchanges fresh(pool_member& m) {
    using cell = pool_member::cell;
    const auto failures = m.sum(&cell::failures), successes = m.sum(&cell::requests) - failures;
    const seen_exchanges now{successes, failures, 0};
    seen_exchanges out{now.successes - std::min(now.successes, m.seen.successes), now.failures - m.seen.failures, 0};
    for (const auto& c : m.cells) out.streak = std::max(out.streak, c.streak.get());
    m.seen = now;
    return out;
}

server_state state_of(const pool_view::place& p, const pool_rules& by, monotonic now) noexcept {
    if (p.drain) return server_state::draining;
    if (by.health && !p.of->watch.healthy()) return server_state::unhealthy;
    return p.of->watch.ejected(now) ? server_state::ejected : server_state::up;
}

bool has_names(const pool_board& b) {
    return std::ranges::any_of(b.servers, [](const upstream_server& s) { return !ip_address::parse(s.host); });
}

bool same_name(const pool_view::name& a, const pool_view::name& b) {
    return a.resolved() == b.resolved() && (a.addresses == 0) == (b.addresses == 0);
}

// Zero: not at all.
std::chrono::milliseconds asked_every(const pool_board& b) {
    const auto by = b.rules.resolve;
    const auto view = b.view();
    if (std::ranges::none_of(view->names, [](const pool_view::name& n) { return n.addresses == 0; })) return by;
    return by.count() == 0 ? kHomeless : std::min(by, kHomeless);
}

// A good answer to the check on `s`, which is connected.
task<bool> ask(stream& s, const pool_member& to, const health_rules& by) {
    auto request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: tollgate-health\r\nAccept: */*\r\nConnection: close\r\n\r\n", by.path,
        by.host.empty() ? to.server : by.host);
    iovec part{request.data(), request.size()};
    s.write_within(by.timeout);
    const error_code sent = co_await s.write(std::span(&part, 1));
    if (sent) co_return false;
    const auto room = std::make_unique<std::array<char, kCheckBytes>>();
    const auto head = std::make_unique<response_head>();
    std::size_t size = 0, scanned = 0;
    s.read_within(by.timeout);
    for (;;) {
        const auto [ec, n] = co_await s.read_some(room->data() + size, room->size() - size);
        if (ec) co_return false;
        size += n;
        head_error why{};
        const auto status = read_response_head({room->data(), size}, scanned, {.head_bytes = kCheckBytes}, false, *head, why);
        if (status == head_status::complete) co_return head->status >= by.least_status && head->status <= by.most_status;
        if (status == head_status::refused || size == room->size()) co_return false;
    }
}

}  // namespace

struct pool_keeper::check_under_way {
    check_under_way(pool_keeper& by, pool_member& of) : bytes(by.io_, by.wheel_), of_(of), next_(by.checks_), link_(&by.checks_) {
        if (next_ != nullptr) next_->link_ = &next_;
        by.checks_ = this;
        of_.checking = true;
    }
    ~check_under_way() {
        *link_ = next_;
        if (next_ != nullptr) next_->link_ = link_;
        of_.checking = false;
    }
    check_under_way(const check_under_way&) = delete;
    check_under_way& operator=(const check_under_way&) = delete;
    stream bytes;
    pool_member& of_;
    check_under_way* next_;
    check_under_way** link_;
};

pool_keeper::pool_keeper(const clock& time, log_sink& log, name_resolver resolve, std::function<void()> names_changed)
    : time_(time), log_(log), resolve_(std::move(resolve)), names_changed_(std::move(names_changed)), wheel_(io_), resolver_(1, kResolving) {
    wheel_.start([this] { each_tick(); });
    thread_ = std::thread([this] {
        name_this_thread("pools");
        io_.run();
    });
}

pool_keeper::~pool_keeper() {
    post_to(io_, [this] { ending_ = true; });
    thread_.join();
}

void pool_keeper::keep(board_list boards) {
    post_to(io_, [this, boards = std::move(boards)]() mutable {
        boards_ = std::move(boards);
        for (const auto& b : boards_) look(*b);
    });
}

void pool_keeper::each_tick() {
    ticks_.add();
    if (ending_) {
        for (auto* c = checks_; c != nullptr; c = c->next_) c->bytes.cancel();
        if (checks_ != nullptr) return;
        wheel_.stop();
        io_.finish();
        return;
    }
    const bool due = ticks_.get() % kTicksALook == 0;
    for (const auto& b : boards_) {
        if (b->rules.health) start_checks(b);
        if (!due) continue;
        look(*b);
        resolve(b);
    }
}

void pool_keeper::look(pool_board& board) {
    const auto now = time_.ticks();
    const auto before = board.view();
    std::vector<server_watch*> watched;
    seen_exchanges all;
    for (const auto& p : before->servers) {
        const auto seen = fresh(*p.of);
        all.successes += seen.successes;
        all.failures += seen.failures;
        p.of->watch.observed(seen, board.rules.ejection, now);
        if (!p.drain) watched.push_back(&p.of->watch);
    }
    decide_ejections(watched, board.rules.ejection, now);
    const auto breaker = board.breaker.observed(all, board.rules.breaker, now);
    if (board.breaker.fresh_probes()) board.give_probes(board.rules.breaker.probes);

    bool changed = breaker != before->breaker;
    for (const auto& p : before->servers) changed = changed || state_of(p, board.rules, now) != p.state;
    if (!changed) return;
    auto next = *before;
    for (auto& p : next.servers) {
        const auto was = std::exchange(p.state, state_of(p, board.rules, now));
        p.of->ejections.store(p.of->watch.ejections(), std::memory_order_relaxed);
        if (p.state == was) continue;
        log_.write(p.asked() ? severity::info : severity::warning, "an upstream server is now in another state",
            {{"pool", board.name}, {"server", p.of->server}, {"address", p.of->address}, {"state", to_string(p.state)}, {"was", to_string(was)}});
    }
    if (breaker != before->breaker) {
        const bool closed = breaker == pool_breaker::state::closed;
        log_.write(closed ? severity::info : severity::warning,
            closed                                     ? "a pool answers again"
                : breaker == pool_breaker::state::open ? "a pool fails, and is not asked for a while"
                                                       : "a pool that failed is tried",
            {{"pool", board.name}});
    }
    next.breaker = breaker;
    board.put_up(std::move(next));
}

void pool_keeper::start_checks(const std::shared_ptr<pool_board>& board) {
    const auto now = time_.ticks();
    const auto view = board->view();
    for (const auto& p : view->servers) {
        if (p.of->checking || now < p.of->next_check) continue;
        p.of->next_check = now + board->rules.health->interval;
        spawn(io_, check(board, p.of));
    }
}

task<> pool_keeper::check(std::shared_ptr<pool_board> board, std::shared_ptr<pool_member> member) {
    check_under_way here(*this, *member);
    const auto& by = *board->rules.health;
    const error_code ec = co_await reach(here.bytes, *board, *member, by.timeout);
    bool good = false;
    if (!ec) good = co_await ask(here.bytes, *member, by);
    if (ending_) co_return;
    member->watch.checked(good, by);
    look(*board);
}

// Off this thread. The first time is the interval after it was resolved for the start or the reload.
void pool_keeper::resolve(const std::shared_ptr<pool_board>& board) {
    if (board->resolving || !has_names(*board)) return;
    const auto every = asked_every(*board);
    if (every.count() == 0) return;
    const auto now = time_.ticks();
    const bool due = board->next_resolve != monotonic{} && now >= board->next_resolve;
    if (due || board->next_resolve == monotonic{}) board->next_resolve = now + every;
    if (!due) return;
    board->resolving = resolver_.run([this, board] {
        auto found = resolve_servers(board->servers, resolve_);
        post_to(io_, [this, board, found = std::move(found)] { resolved(*board, found); });
    });
}

void pool_keeper::resolved(pool_board& board, const std::vector<name_answer>& found) {
    board.resolving = false;
    const auto before = board.view();
    auto next = lay_out(board, found, before.get());
    const auto same_place = [](const pool_view::place& a, const pool_view::place& b) { return a.of == b.of && a.weight == b.weight; };
    const bool same_places = std::ranges::equal(next.servers, before->servers, same_place);
    const bool same_names = std::ranges::equal(next.names, before->names, same_name);
    if (same_places && same_names) return;
    next.breaker = before->breaker;
    if (!same_places) log_.info("a pool's servers have other addresses", {{"pool", board.name}});
    say_names(board, *before, next);
    board.put_up(std::move(next));
    if (!same_names && names_changed_) names_changed_();
}

// Each change once, and not each time that it is asked for.
void pool_keeper::say_names(const pool_board& board, const pool_view& before, const pool_view& next) {
    for (std::size_t i = 0; i < next.names.size(); ++i) {
        const auto& name = next.names[i];
        if (before.names.size() != next.names.size() || name.resolved() == before.names[i].resolved()) continue;
        const auto server = board.servers[i].text();
        if (name.resolved()) log_.info("a server's name is resolved again", {{"pool", board.name}, {"server", server}});
        else
            log_.warn(
                "a server's name cannot be resolved again, and keeps its addresses", {{"pool", board.name}, {"server", server}, {"why", name.why}});
    }
}

}  // namespace tollgate
