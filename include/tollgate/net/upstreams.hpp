// upstreams.hpp - connections to an API's servers, kept alive between requests. One set a thread.
//
// acquire() hands out an idle connection that is still quiet, or makes a new one; a server that refuses is passed over
// for a second where there is another. Idle connections are used last in, first out.
// Threads: the loop's. Bounds: bounds::idle_upstreams_per_server.
// Errors: upstream_unavailable (no server accepts), upstream_timeout (connect took longer than allowed).
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/crypto/hmac.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/upstream_tls.hpp"
#include "tollgate/rules/refusal.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

struct upstream_server {
    std::string authority;  // "127.0.0.1:9000"
    std::string host;       // "127.0.0.1"
    asio::generic::stream_protocol::endpoint at;
    std::shared_ptr<const upstream_tls> tls{};  // nullptr: it is spoken to in the clear
};

struct upstream_pool_settings {
    std::string name;
    std::vector<upstream_server> servers;
    std::string host;  // Host to send; empty: as received
    std::shared_ptr<const hmac_key> secret{};  // that identity is signed with; nullptr: it is not
};

// Resolves "http://host:port" (numeric or by the system's resolver; blocking, at start). Nothing: what is wrong is in `why`.
std::vector<upstream_server> resolve_server(const std::string& url, std::string& why);

class upstream_connection {
 public:
    upstream_connection(loop& on, timer_wheel& w, std::uint32_t server) noexcept : bytes(on, w), server_index(server) {}
    stream bytes;
    std::uint32_t server_index;
    bool reused = false;
    std::uint64_t idle_since = 0;  // tick
};

class upstream_set {
 public:
    upstream_set(loop& on, timer_wheel& wheel, const upstream_pool_settings& settings, std::chrono::milliseconds keep_idle);

    struct acquired {
        std::unique_ptr<upstream_connection> connection;  // empty: see why
        refusal why = refusal::upstream_unavailable;
    };
    // An idle connection, at once, or nothing.
    std::unique_ptr<upstream_connection> take_idle();
    // A new connection.
    task<acquired> connect(std::chrono::milliseconds within);
    // Gives a connection back for reuse. Only after a whole answer with nothing behind it.
    void give_back(std::unique_ptr<upstream_connection> c);

    void close_idle() noexcept;
    void reap() noexcept;  // each tick: closes what has been idle for too long
    [[nodiscard]] const upstream_pool_settings& settings() const noexcept { return settings_; }
    [[nodiscard]] bool any_up() const noexcept;

 private:
    loop& loop_;
    timer_wheel& wheel_;
    const upstream_pool_settings& settings_;
    std::chrono::milliseconds keep_idle_;
    std::vector<std::unique_ptr<upstream_connection>> idle_;
    std::vector<std::shared_ptr<tls_session_slot>> sessions_;  // a server
    std::vector<std::uint64_t> down_until_;  // tick, a server
    std::uint32_t next_ = 0;
};

}  // namespace tollgate
