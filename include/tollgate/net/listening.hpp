// listening.hpp - sockets that listen, before there is a loop.
//
// TCP listeners come in copies with SO_REUSEPORT, one a thread, so that no two threads share an accept queue.
// Errors: io, with the address and what to do.
#pragma once

#include "tollgate/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

struct listening {
    std::vector<int> descriptors;  // the caller's to close
    std::string address;           // "127.0.0.1:8080", with the port that was picked
};

result<listening> listen_tcp(const std::string& address, std::uint16_t port, std::size_t copies);

// Replaces a socket file that nobody listens on any more; one that somebody does is an error. Mode 0660.
result<listening> listen_unix(const std::string& path);

// Sockets that were bound by whoever started the process.
// Where `descriptor` listens: "127.0.0.1:8080", "[::1]:8080", or a path. Errors: it is no stream socket that listens.
result<std::string> listening_address(int descriptor);
// `copies` descriptors of the one that listens on `address`, among them itself: threads that share one queue.
result<listening> share_listening(int descriptor, std::string address, std::size_t copies);

}  // namespace tollgate
