// acceptor.hpp - a listening socket on a loop, and who is at the other end of what it accepts.
//
// Threads: the loop's. Lifetime: owns the descriptor.
#pragma once

#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/async_descriptor.hpp"
#include "tollgate/net/spare_descriptors.hpp"

#include <cstdint>
#include <optional>

namespace tollgate {

// The process, or the system, has no descriptor left.
bool is_out_of_descriptors(const error_code& ec) noexcept;

class acceptor {
 public:
    // `descriptor`: bound and listening (net/listening.hpp).
    acceptor(loop& on, int descriptor) noexcept : socket_(on, descriptor) {}

    // co_await answers (error_code, 0); the connection's descriptor is in `into`. Ends with an error after close().
    auto accept(int& into) { return socket_.accept(into); }
    // Others may hold the same socket: who waits in its queue is theirs then.
    void close() noexcept;
    std::size_t turn_away(spare_descriptors& by, std::size_t most) noexcept { return by.turn_away(socket_.native(), most); }
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
