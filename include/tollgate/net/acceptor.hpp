// acceptor.hpp - a listening socket on a loop, and who is at the other end of what it accepts.
//
// Threads: the loop's. Lifetime: owns the descriptor.
#pragma once

#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/async_descriptor.hpp"

#include <cstdint>
#include <optional>

namespace tollgate {

class acceptor {
 public:
    // `descriptor`: bound and listening (net/listening.hpp).
    acceptor(loop& on, int descriptor) noexcept : socket_(on, descriptor) {}

    // co_await answers (error_code, 0); the connection's descriptor is in `into`. Ends with an error after close().
    auto accept(int& into) { return socket_.accept(into); }
    void close() noexcept { socket_.close(); }
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

 private:
    async_descriptor socket_;
};

struct peer_facts {
    bool is_unix = false;
    ip_address address;                 // of an IP peer
    std::optional<std::uint32_t> uid;   // of a Unix peer
};
// Also sets TCP_NODELAY on an IP connection.
peer_facts meet_peer(int connection) noexcept;

}  // namespace tollgate
