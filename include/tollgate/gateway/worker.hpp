// worker.hpp - one thread of the gateway: its loop, timer wheel, grants, buffers, upstream connections, counters.
//
// A connection is accepted here and never changes threads. Nothing of a worker is shared but what plane.hpp says.
// Threads: run() is the thread; stop() and drain() from any. Lifetime: sessions are counted, and run() returns when the
// last one has ended.
#pragma once

#include "tollgate/gateway/plane.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/task.hpp"
#include "tollgate/registry/change_feed.hpp"
#include "tollgate/registry/grant_reader.hpp"
#include "tollgate/telemetry/counters.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tollgate {

struct connection;
struct workspace;
class event;

struct listener_settings {
    int descriptor = -1;          // listening, bound; the worker duplicates nothing and closes it at its end
    bool treat_as_secure = false;
    bool local_operator = false;  // Unix socket: the peer's uid is the operator (file mode lets it in)
    bool proxy_protocol = false;  // every connection begins with a PROXY header, and comes from a trusted proxy
};

class worker {
 public:
    worker(const plane& p, change_feed& feed, std::size_t thread);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    // Before run(). Takes the descriptor.
    void listen(const listener_settings& on);
    // Serves until drained.
    void run();
    // Stops accepting, lets exchanges under way finish, closes idle connections; what is still open after `within` is cut.
    void drain(std::chrono::milliseconds within);

    [[nodiscard]] const thread_counters& counters() const noexcept { return counters_; }
    // Hands over what this thread has counted of tokens' use and denials, then calls `done` on this thread. Never, where the
    // thread has ended. Any thread.
    void collect(std::function<void()> done);

    // --- for sessions of this worker ---
    [[nodiscard]] const plane& shared() const noexcept { return plane_; }
    [[nodiscard]] loop& io() noexcept { return io_; }
    [[nodiscard]] timer_wheel& wheel() noexcept { return wheel_; }
    [[nodiscard]] grant_reader& grants() noexcept { return reader_; }
    [[nodiscard]] const mac_ring& macs() { return macs_.now(); }
    [[nodiscard]] thread_counters& count() noexcept { return counters_; }
    [[nodiscard]] access_log_buffer& log() noexcept { return log_; }
    [[nodiscard]] use_buffer& uses() noexcept { return uses_; }
    [[nodiscard]] denial_buffer& denials() noexcept { return denials_; }
    // To those who write it down, off this thread.
    void hand_over_uses();
    void hand_over_denials(bool all);
    [[nodiscard]] upstream_set& upstream(std::uint32_t pool) noexcept { return *upstreams_[pool]; }
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    [[nodiscard]] std::unique_ptr<workspace> lend();
    void give_back(std::unique_ptr<workspace> w);
    void session_ended(connection& c) noexcept;
    // Says who is at the other end of `c`: as it is accepted, and when a PROXY header names somebody.
    void introduce(connection& c, const ip_address& peer);
    void write_request_id(char (&out)[32]) noexcept;
    // Effective scopes of a grant, remembered per set (rulebook's api::effective_scopes is slow).
    std::string_view scopes_text(const api& of, const grant& g);
    // The index, read on a blocking thread. Single-flight; answers when find() is worth asking again, or why not.
    enum class read_end : std::uint8_t { done, unavailable, overloaded };
    task<read_end> read_grant(digest key);

 private:
    struct waiter;
    struct listener;
    struct scope_key {
        const api* of;
        scope_set granted;
        bool full;
        friend bool operator==(const scope_key&, const scope_key&) = default;
    };
    struct scope_hash {
        std::size_t operator()(const scope_key& k) const noexcept;
    };
    task<> accept(listener& on);
    void open_session(int socket, const listener_settings& on);
    void each_tick();
    bool launch_read(const digest& key);
    void end_read(const digest& key, const result<std::optional<indexed_grant>>& outcome);
    void begin_drain();
    void hand_over_what_is_due();
    void write_soon();

    const plane& plane_;
    loop io_;
    timer_wheel wheel_;
    grant_reader reader_;
    mac_hold macs_;
    thread_counters counters_;
    access_log_buffer log_;
    use_buffer uses_;
    denial_buffer denials_;
    monotonic uses_due_{}, denials_due_{};
    std::vector<std::unique_ptr<upstream_set>> upstreams_;
    std::vector<std::unique_ptr<listener>> listeners_;
    std::vector<std::unique_ptr<workspace>> spare_;
    std::size_t spare_low_ = 0;  // the fewest there were since the last tick
    std::unordered_map<digest, std::vector<waiter*>> waiting_;
    std::unordered_map<scope_key, std::string, scope_hash> scopes_;
    connection* sessions_ = nullptr;  // linked
    std::size_t session_count_ = 0, accepting_ = 0;  // coroutines under way
    std::uint64_t id_prefix_ = 0, id_next_ = 0;
    std::atomic<std::int64_t> drain_ms_{-1};
    std::uint64_t cut_at_tick_ = 0;
    bool draining_ = false;
};

}  // namespace tollgate
