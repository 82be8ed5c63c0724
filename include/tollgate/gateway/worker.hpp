// worker.hpp - one thread of the gateway: its loop, timer wheel, grants, buffers, upstream connections, counters.
//
// A connection is accepted here and never changes threads. Nothing of a worker is shared but what plane.hpp says.
// Threads: run() is the thread; stop() and drain() from any. Lifetime: sessions are counted, and run() returns when the
// last one has ended.
#pragma once

#include "tollgate/gateway/passing_lane.hpp"
#include "tollgate/gateway/plane.hpp"
#include "tollgate/net/acceptor.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/task.hpp"
#include "tollgate/registry/change_feed.hpp"
#include "tollgate/registry/grant_reader.hpp"
#include "tollgate/rules/trace_sampler.hpp"
#include "tollgate/telemetry/counters.hpp"
#include "tollgate/telemetry/span.hpp"

#include <boost/smart_ptr/local_shared_ptr.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tollgate {

struct connection;
struct workspace;
class edition;
class event;

struct listener_settings {
    int descriptor = -1;          // listening, bound; the worker duplicates nothing and closes it at its end
    bool treat_as_secure = false;
    bool local_operator = false;  // Unix socket: the peer's uid is the operator (file mode lets it in)
    bool proxy_protocol = false;  // every connection begins with a PROXY header, and comes from a trusted proxy
    static constexpr std::size_t no_tls = ~std::size_t{0};
    std::size_t tls = no_tls;     // its place in plane::tls
    std::size_t number = 0;       // among all of a process
};

class worker {
 public:
    // `counts`: of the APIs of p's rulebook, make_api_counters().
    worker(std::shared_ptr<const plane> p, api_counters_list counts, change_feed& feed, std::size_t thread);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    // Before run(). Takes the descriptor.
    void listen(const listener_settings& on);
    // Serves until drained.
    void run();
    // Stops accepting, lets exchanges under way finish, closes idle connections; what is still open after `within` is cut.
    void drain(std::chrono::milliseconds within);

    // Serves by `p` from now on, and then calls `done` on this thread; never, where the thread has ended. Exchanges that are under way end by
    // what they began with. What p's plane refers to is what the first one's did. Any thread.
    void adopt(std::shared_ptr<const plane> p, api_counters_list counts, std::function<void()> done);

    // --- when another process takes over (ARCHITECTURE.md). Any thread; `done` is called on this one, never where that has ended ---
    // No exchange begins from then on: requests that come are read and wait. Those under way go on.
    void hold(std::function<void()> done);
    // How many are under way that have still to be judged, or are answered by the gateway itself.
    void count_undecided(std::function<void(std::size_t)> done);
    // Exchanges begin again, first those that wait.
    void resume();
    // After hold(): stops accepting; connections go through `to`, which outlives the worker, as they come between two requests; what is left
    // after `within` is cut.
    void hand_on(passing_lane& to, std::chrono::milliseconds within);
    // One that was handed on, accepted by a listener like `on`.
    void take(passed_connection c, const listener_settings& on);

    [[nodiscard]] const thread_counters& counters() const noexcept { return counters_; }
    // Hands over what this thread has counted of tokens' use and denials, then calls `done` on this thread. Never, where the
    // thread has ended. Any thread.
    void collect(std::function<void()> done);

    // --- for sessions of this worker ---
    // By what this thread serves now. The reference holds until the caller suspends: a reload may come between.
    [[nodiscard]] const plane& shared() const noexcept { return *plane_; }
    // Likewise, to be held for as long as one exchange takes.
    [[nodiscard]] const boost::local_shared_ptr<edition>& in_force() const noexcept { return edition_; }
    [[nodiscard]] loop& io() noexcept { return io_; }
    [[nodiscard]] timer_wheel& wheel() noexcept { return wheel_; }
    [[nodiscard]] grant_reader& grants() noexcept { return reader_; }
    [[nodiscard]] const mac_ring& macs() { return macs_.now(); }
    [[nodiscard]] thread_counters& count() noexcept { return counters_; }
    [[nodiscard]] access_log_buffer& log() noexcept { return log_; }
    [[nodiscard]] use_buffer& uses() noexcept { return uses_; }
    [[nodiscard]] denial_buffer& denials() noexcept { return denials_; }
    // Who decides what is traced; nullptr: nothing is.
    [[nodiscard]] trace_sampler* tracer() noexcept { return tracer_ ? &*tracer_ : nullptr; }
    void add_span(trace_span s);
    // To those who write it down, off this thread.
    void hand_over_spans();
    void hand_over_uses();
    void make_room_for_uses();
    void hand_over_denials(bool all);
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    enum class stance : std::uint8_t { serves, holds, hands_on };
    [[nodiscard]] stance now() const noexcept { return stance_; }
    // Of a session that has a request and may not begin: until it may (true), or has to be handed on. Nobody waits for it meanwhile.
    task<bool> stand_by(connection& c);
    [[nodiscard]] passing_lane* successor() const noexcept { return successor_; }
    [[nodiscard]] std::unique_ptr<workspace> lend();
    void give_back(std::unique_ptr<workspace> w);
    void session_ended(connection& c) noexcept;
    // Says who is at the other end of `c`: as it is accepted, and when a PROXY header names somebody.
    void introduce(connection& c, const ip_address& peer);
    // Counts a TLS handshake with a caller. What failed is said, but not more often than every few seconds.
    void count_meeting(const connection& c, const tls_meeting& how);
    // Counts the caller that was introduced. False: its address has too many connections already.
    [[nodiscard]] bool admit(connection& c);
    void write_request_id(char (&out)[32]) noexcept;
    // The index, read on a blocking thread. Single-flight; answers when find() is worth asking again, or why not.
    enum class read_end : std::uint8_t { done, unavailable, overloaded };
    task<read_end> read_grant(digest key);

 private:
    struct waiter;
    struct listener;
    task<> accept(listener& on);
    void open_session(int socket, const listener_settings& on);
    void open_passed(passed_connection& from, const listener_settings& on);
    [[nodiscard]] std::unique_ptr<connection> meet(int socket, const listener_settings& on);
    void begin_session(std::unique_ptr<connection> c, std::string early);
    void begin_to_hand_on(std::chrono::milliseconds within);
    void turn_away(listener& on);
    void each_tick();
    bool launch_read(const digest& key);
    void end_read(const digest& key, const result<std::optional<indexed_grant>>& outcome);
    void begin_drain();
    void stop_accepting();
    void begin_tracing();
    void hand_over_what_is_due();
    void write_soon();

    const plane* plane_;  // edition_'s
    const std::size_t thread_;
    loop io_;
    timer_wheel wheel_;
    grant_reader reader_;
    mac_hold macs_;
    thread_counters counters_;
    access_log_buffer log_;
    use_buffer uses_;
    denial_buffer denials_;
    std::optional<trace_sampler> tracer_;
    std::vector<trace_span> spans_;
    monotonic uses_due_{}, denials_due_{};
    boost::local_shared_ptr<edition> edition_;
    std::vector<std::unique_ptr<listener>> listeners_;
    bool said_no_descriptors_ = false;
    std::vector<std::unique_ptr<workspace>> spare_;
    std::size_t spare_low_ = 0;  // the fewest there were since the last tick
    std::unordered_map<digest, std::vector<waiter*>> waiting_;
    connection* sessions_ = nullptr;  // linked
    std::size_t session_count_ = 0, accepting_ = 0;  // coroutines under way
    std::uint64_t id_prefix_ = 0, id_next_ = 0;
    std::uint64_t say_failure_at_ = 0, failures_unsaid_ = 0;  // tick; of handshakes
    std::atomic<std::int64_t> drain_ms_{-1};
    std::uint64_t cut_at_tick_ = 0;
    bool draining_ = false;
    stance stance_ = stance::serves;
    passing_lane* successor_ = nullptr;
    std::vector<event*> standing_by_;
};

}  // namespace tollgate
