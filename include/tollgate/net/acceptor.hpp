// acceptor.hpp - a listening socket on a loop, and who is at the other end of what it accepts.
//
// Threads: the loop's. Lifetime: owns the descriptor.
#pragma once

#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/async_descriptor.hpp"

#include <cstdint>
#include <optional>

namespace tollgate {

// The process, or the system, has no descriptor left.
bool is_out_of_descriptors(const error_code& ec) noexcept;

// A descriptor that is kept for the day when there is none: given up for a moment, it lets a waiting caller be accepted and closed, who
// would otherwise hang until it gives up.
// Threads: one's. Another thread may be quicker to take what is given up; then nobody is turned away this time.
class spare_descriptor {
 public:
    spare_descriptor() noexcept { take(); }
    ~spare_descriptor() { give_up(); }
    spare_descriptor(const spare_descriptor&) = delete;
    spare_descriptor& operator=(const spare_descriptor&) = delete;
    // Accepts on `listener` and closes, up to `most` callers. How many it were.
    std::size_t turn_away(int listener, std::size_t most) noexcept;

 private:
    void take() noexcept;
    void give_up() noexcept;
    int fd_ = -1;
};

class acceptor {
 public:
    // `descriptor`: bound and listening (net/listening.hpp).
    acceptor(loop& on, int descriptor) noexcept : socket_(on, descriptor) {}

    // co_await answers (error_code, 0); the connection's descriptor is in `into`. Ends with an error after close().
    auto accept(int& into) { return socket_.accept(into); }
    // Others may hold the same socket: who waits in its queue is theirs then.
    void close() noexcept;
    std::size_t turn_away(spare_descriptor& by, std::size_t most) noexcept { return by.turn_away(socket_.native(), most); }
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
