// upstreams.hpp - one thread's connections to the servers of a pool: which server is asked, kept-alive connections, the wait for one.
//
// take_idle() is the fast way: a server is chosen (rules/server_pick), and an idle connection of it handed out that is still quiet.
// acquire() is the rest: it may wait in the queue, connect, and go on to another server where one refuses, which is then passed over for a
// second by this thread. Nothing has been sent until then, so that any request may go on.
// A bound on connections is kept in shares, one a thread (at least one each): no thread waits for another, and no request writes what
// others read.
// Threads: the loop's. Lifetime: outlives the connections that it hands out.
// Bounds: bounds::idle_upstreams_per_server; pool_rules. Errors: upstream_unavailable (no server accepts), upstream_timeout (connect took
// longer than allowed), overloaded (the queue is full or the wait too long, or the pool's breaker is open, or no server of it has an address, or all
// are drained).
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/crypto/hmac.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/pool_board.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/upstream_tls.hpp"
#include "tollgate/rules/load_limit.hpp"
#include "tollgate/rules/refusal.hpp"
#include "tollgate/rules/retry_budget.hpp"
#include "tollgate/rules/server_pick.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

struct upstream_pool_settings {
    std::string host;                           // Host to send; empty: as received
    std::shared_ptr<const hmac_key> secret{};   // that identity is signed with; nullptr: it is not
    std::shared_ptr<pool_board> board{};
};

// Connects to a server of a pool, ready for a request: with a TLS handshake where it is one of https. `session`: to be resumed and kept.
task<error_code> reach(
    stream& s, const pool_board& of, const pool_member& to, std::chrono::milliseconds within, std::shared_ptr<tls_session_slot> session = {});

class upstream_set;

// A server as one thread sees it.
struct upstream_place;

class upstream_connection {
 public:
    upstream_connection(loop& on, timer_wheel& w, upstream_set& of, std::shared_ptr<upstream_place> to);
    ~upstream_connection();
    upstream_connection(const upstream_connection&) = delete;
    upstream_connection& operator=(const upstream_connection&) = delete;

    // What came of the exchange, for those who watch over the server. `took`: from the last byte of the request to the answer's first.
    void succeeded(std::chrono::nanoseconds took, monotonic now) noexcept;
    void failed() noexcept;
    void broke() noexcept;  // after it had succeeded: the answer's body did not come whole
    [[nodiscard]] const pool_member* server() const noexcept;

    stream bytes;
    bool reused = false;

 private:
    friend class upstream_set;
    upstream_set& of_;
    const std::shared_ptr<upstream_place> at_;
    bool in_use_ = true;           // holds a slot of the set
    std::uint64_t idle_since_ = 0; // tick
};

// An exchange in the queue. give_up() ends its wait early.
class upstream_wait : deadline_node {
 public:
    upstream_wait(loop& on, timer_wheel& wheel, upstream_set& of) noexcept
        : deadline_node(wheel, [](deadline_node& n) noexcept { static_cast<upstream_wait&>(n).give_up(); }), woken_(on), of_(of) {}
    void give_up() noexcept;

 private:
    friend class upstream_set;
    event woken_;
    upstream_set& of_;
    bool granted_ = false;
    upstream_wait* next_ = nullptr;
};

class upstream_set {
 public:
    upstream_set(loop& on, timer_wheel& wheel, const upstream_pool_settings& settings, std::size_t thread, std::chrono::milliseconds keep_idle);
    ~upstream_set();

    struct acquired {
        std::unique_ptr<upstream_connection> connection;  // empty: see why
        refusal why = refusal::upstream_unavailable;
    };
    // An idle connection, at once, or nothing.
    std::unique_ptr<upstream_connection> take_idle();
    struct wish {
        std::chrono::milliseconds connect_within{2'000};
        bool fresh = false;                     // no idle connection
        const pool_member* not_this = nullptr;  // where there is another: it has just failed
        upstream_wait** waiting = nullptr;      // where the wait in the queue stands, while there is one
    };
    task<acquired> acquire(wish how);
    // Gives a connection back for reuse. Only after a whole answer with nothing behind it.
    void give_back(std::unique_ptr<upstream_connection> c);
    // Whether one more request may be sent again.
    [[nodiscard]] bool take_retry() noexcept;

    void close_idle() noexcept;
    void reap() noexcept;  // each tick: closes what has been idle for too long
    [[nodiscard]] const upstream_pool_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] bool any_up() const noexcept;

 private:
    friend class upstream_connection;
    friend class upstream_wait;
    void catch_up();
    [[nodiscard]] bool is_closed() noexcept;
    [[nodiscard]] std::size_t choose(const pool_member* not_this, const std::vector<const pool_member*>* tried) noexcept;
    std::unique_ptr<upstream_connection> idle_of(upstream_place& p);
    task<bool> wait_for_slot(upstream_wait** waiting);
    task<acquired> connect(wish how);
    void occupy(upstream_place& p) noexcept;
    void leave(upstream_place& p) noexcept;
    void free_slot() noexcept;
    void set_slots() noexcept;
    void forget(upstream_wait& w) noexcept;
    void make_room() noexcept;

    loop& loop_;
    timer_wheel& wheel_;
    const upstream_pool_settings& settings_;
    pool_board& board_;
    pool_board::cell& mine_;
    const std::size_t thread_;
    const std::chrono::milliseconds keep_idle_;
    std::vector<std::shared_ptr<upstream_place>> places_;
    server_pick pick_;
    std::uint64_t version_ = 0, random_;
    pool_breaker::state breaker_ = pool_breaker::state::closed;
    retry_budget budget_;
    load_limit load_;
    std::uint32_t share_, queue_share_;  // of max_connections and queue
    std::uint32_t slots_, active_ = 0, open_ = 0, queued_ = 0;
    upstream_wait* first_ = nullptr;
    upstream_wait* last_ = nullptr;
};

}  // namespace tollgate
