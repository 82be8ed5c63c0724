// sockets.hpp - the few socket and epoll calls that origin, relay and load share.
//
// Not a network library: loopback TCP, non-blocking, edge-triggered, one thread. Set-up errors end the program with a line on
// stderr, since a benchmark with half of its connections would measure something else.
// Threads: one.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <string_view>

namespace tollgate {

struct endpoint {
    std::uint32_t address = 0;  // IPv4, host byte order
    std::uint16_t port = 0;
};

// Ends the program with `what` and the text of errno.
[[noreturn]] void die(const char* what);

// "127.0.0.1:8080" or ":8080" (loopback). Ends the program on anything else.
endpoint parse_endpoint(std::string_view text);

// A listening socket on `at`; port 0 picks one. Prints `{"port":N}` on stdout, which is how the harness learns it.
int listen_and_announce(const endpoint& at);

// Starts to connect; the socket becomes writable when it is.
int start_connect(const endpoint& to);

// The next connection of `listener`, with TCP_NODELAY, or -1 when there is none.
int accept_next(int listener);

// Watches `fd` for both directions, edge-triggered: no epoll_ctl is needed afterwards.
void watch(int epoll, int fd, void* tag);

// What recv and send came to.
enum class io : std::uint8_t { moved, would_block, closed };
io receive_some(int fd, char* into, std::size_t capacity, std::size_t& count) noexcept;
io send_some(int fd, std::string_view bytes, std::size_t& count) noexcept;

}  // namespace tollgate
