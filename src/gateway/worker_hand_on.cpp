#include "connection.hpp"
#include "hand_on.hpp"
#include "tollgate/gateway/worker.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"

#include <limits>
#include <utility>

namespace tollgate {

void worker::hold(std::function<void()> done) {
    post_to(io_, [this, done = std::move(done)] {
        stance_ = stance::holds;
        done();
    });
}

void worker::count_undecided(std::function<void(std::size_t)> done) {
    post_to(io_, [this, done = std::move(done)] {
        std::size_t n = 0;
        for (const connection* c = sessions_; c != nullptr; c = c->next) n += !c->idle && !c->apart && c->total.upstream == nullptr ? 1 : 0;
        done(n);
    });
}

void worker::resume() {
    post_to(io_, [this] {
        stance_ = stance::serves;
        for (auto* waiting : std::exchange(standing_by_, {})) waiting->set();
    });
}

void worker::hand_on(passing_lane& to, std::chrono::milliseconds within) {
    post_to(io_, [this, &to, within] {
        successor_ = &to;
        begin_to_hand_on(within);
    });
}

void worker::begin_to_hand_on(std::chrono::milliseconds within) {
    stance_ = stance::hands_on;
    cut_at_tick_ = wheel_.now_tick() + static_cast<std::uint64_t>(within / timer_wheel::tick);
    stop_accepting();
    for (auto* waiting : std::exchange(standing_by_, {})) waiting->set();
    for (connection* c = sessions_; c != nullptr; c = c->next)
        if (c->idle && !c->apart && !c->bytes.encrypted()) c->bytes.cancel();  // its session wakes, and hands it on
}

task<bool> worker::stand_by(connection& c) {
    if (stance_ == stance::holds) {
        event told(io_);
        standing_by_.push_back(&told);
        c.apart = true;
        co_await told.wait();
        c.apart = false;
    }
    co_return stance_ == stance::serves;
}

void worker::take(passed_connection c, const listener_settings& on) {
    post_to(io_, [this, c = std::make_shared<passed_connection>(std::move(c)), on] { open_passed(*c, on); });
}

// Who was let in once is not turned away here.
void worker::open_passed(passed_connection& from, const listener_settings& on) {
    auto c = meet(std::exchange(from.descriptor, -1), on);
    if (from.what != passed_connection::kind::fresh) {
        c->tls = nullptr;
        c->proxy_header = false;
        c->last = from.what == passed_connection::kind::relayed;
        c->secure = c->secure || c->last;
        const auto client = ip_address::parse(from.client);
        if (client) {
            c->is_unix = false;
            introduce(*c, *client);
        }
    }
    if (!c->is_unix && !c->proxy_header && plane_->callers != nullptr && !c->trusted)
        c->counted = plane_->callers->enter(c->client, std::numeric_limits<std::size_t>::max());
    if (c->counted) c->counted_as = c->client;
    begin_session(std::move(c), std::move(from.early));
}

}  // namespace tollgate
