// acceptor.hpp - a listening socket on a loop, and who is at the other end of what it accepts.
//
// Threads: the loop's. Lifetime: owns the descriptor from adopt() on.
#pragma once

#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/task.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstdint>
#include <optional>

namespace tollgate {

class acceptor {
 public:
    // `descriptor`: bound and listening (net/listening.hpp).
    acceptor(loop& on, int descriptor);

    // co_await answers (error_code); the connection is in `into`. Ends with an error after close().
    auto accept(stream_socket& into) { return socket_.async_accept(into, no_throw); }
    void close() noexcept;
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

 private:
    asio::basic_socket_acceptor<asio::generic::stream_protocol, loop_executor> socket_;
};

struct peer_facts {
    bool is_unix = false;
    ip_address address;                 // of an IP peer
    std::optional<std::uint32_t> uid;   // of a Unix peer
};
// Also sets TCP_NODELAY on an IP connection.
peer_facts meet_peer(stream_socket& connection) noexcept;

}  // namespace tollgate
