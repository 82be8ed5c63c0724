// pool_board.hpp - what the threads and the keeper of a pool of servers know of each other.
//
// One owner (net/pool_keeper) looks at the figures that each thread writes for itself, decides (rules/pool), and puts up another view.
// A thread compares one number a request with the one that it has seen, and takes the view when it moved. Nothing is written by two.
// Servers are kept from one reload to the next where name and address stay: what is known of them stays, too.
// Threads: view() and version() any; put_up() the keeper's, or before the board is shared. Cells: each its thread's; figures are read by any.
#pragma once

#include "tollgate/base/counter.hpp"
#include "tollgate/net/loop.hpp"
#include "tollgate/rules/pool.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct upstream_tls;

// A server as it is configured; a name may stand for several addresses.
struct upstream_server {
    std::string scheme = "http";  // or https
    std::string host;             // numeric, or a name
    std::uint16_t port = 80;
    std::uint32_t weight = 1;
    bool drain = false;           // gets nothing new
    [[nodiscard]] std::string text() const;  // host:port, brackets around IPv6
};

// One address of a server.
class pool_member {
 public:
    using endpoint = asio::generic::stream_protocol::endpoint;
    pool_member(const upstream_server& of, const endpoint& where, std::size_t threads);

    const std::string server;   // "billing.internal:9000"
    const std::string host;     // "billing.internal"
    const bool by_tls;
    const endpoint at;
    const std::string address;  // "10.0.0.1:9000"

    // A thread's own figures. `streak`: failures in a row.
    struct alignas(64) cell {
        counter requests, failures, streak, active, connections;
    };
    std::vector<cell> cells;
    [[nodiscard]] std::uint64_t sum(counter cell::* figure) const noexcept;

    // The keeper's own.
    server_watch watch;
    seen_exchanges seen;         // up to the last look
    bool checking = false;
    monotonic next_check{};
    // For whoever counts.
    std::atomic<std::uint64_t> ejections{0};
};

struct pool_view {
    struct place {
        std::shared_ptr<pool_member> of;
        std::uint32_t weight = 1;
        bool drain = false;
        server_state state = server_state::up;
        [[nodiscard]] bool asked() const noexcept { return state == server_state::up; }
    };
    // What is known of the name of a server of the board.
    struct name {
        std::size_t addresses = 0;  // that stand among `servers`
        std::string why;            // it could not be resolved the last time, and keeps the addresses that it had; empty: it was
        [[nodiscard]] bool resolved() const noexcept { return why.empty(); }
    };
    std::vector<place> servers;
    std::vector<name> names;  // of each server of the board
    pool_breaker::state breaker = pool_breaker::state::closed;
};

class pool_board {
 public:
    // `before`: of the same pool until a reload; its figures go on. nullptr: there is none.
    pool_board(std::string name, std::vector<upstream_server> servers, pool_rules by, std::size_t threads, const pool_board* before = nullptr);

    const std::string name;
    const std::vector<upstream_server> servers;
    const pool_rules rules;
    const std::size_t threads;
    std::shared_ptr<const upstream_tls> tls;  // of servers of https; set before the board is shared

    [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    [[nodiscard]] std::shared_ptr<const pool_view> view() const;
    void put_up(pool_view next);
    // A half-open breaker lets a request through for each.
    [[nodiscard]] bool take_probe() noexcept { return probes_.fetch_sub(1, std::memory_order_relaxed) > 0; }
    void give_probes(unsigned n) noexcept { probes_.store(static_cast<int>(n), std::memory_order_relaxed); }

    // A thread's own figures.
    struct alignas(64) cell {
        counter retries, queued, queue_overflows, queue_timeouts, shed, slots;  // queued: now; slots: requests at once, 0: no bound
        counter no_server;  // refused: there was none to ask
    };
    const std::shared_ptr<std::vector<cell>> cells;
    [[nodiscard]] std::uint64_t sum(counter cell::* figure) const noexcept;

    // The keeper's own.
    pool_breaker breaker;
    monotonic next_resolve{};  // unset: it has not been looked at yet
    bool resolving = false;

 private:
    std::atomic<std::uint64_t> version_{1};
    std::atomic<int> probes_{0};
    mutable std::mutex mutex_;
    std::shared_ptr<const pool_view> view_;
};

// What a server's name stands for.
struct name_answer {
    std::vector<pool_member::endpoint> at;
    std::string why{};  // where there is none: in words
};
using name_resolver = std::function<name_answer(const upstream_server&)>;
// Now. Blocking.
name_answer resolve_server(const upstream_server& server);
// Of each server, all asked for at once: where a name server is away it takes no longer than one of them. Blocking.
std::vector<name_answer> resolve_servers(const std::vector<upstream_server>& servers, const name_resolver& resolve);

// A view of `on` where server i stands for the addresses found[i], or where there is none for those that it had in `before`; members of
// `before` that are still there go on.
pool_view lay_out(const pool_board& on, const std::vector<name_answer>& found, const pool_view* before);
// The servers that have no address: "billing.internal:9000 of acme".
std::vector<std::string> without_address(const pool_board& of);

}  // namespace tollgate
