// passed_connection.hpp - one caller's connection on its way from one process to another. (ARCHITECTURE.md, "A new binary takes over")
//
// Between two requests everything that the next process must know of a connection is its socket, who is at the other end, and the bytes
// that were read and belong to a request that nobody has looked at.
// Threads: functions and values. Errors: as descriptor_channel::send(), and of files in memory.
#pragma once

#include "tollgate/net/descriptor_channel.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate {

struct passed_connection {
    enum class kind : std::uint8_t {
        fresh,    // nothing was read: what a connection of its listener begins with is still to come
        kept,     // in the clear, and met: a request begins here
        relayed,  // likewise, through a process that keeps the caller's TLS: to be ended with its next answer
    };
    passed_connection() = default;
    passed_connection(passed_connection&& other) noexcept
        : listener(other.listener),
          what(other.what),
          client(std::move(other.client)),
          early(std::move(other.early)),
          descriptor(std::exchange(other.descriptor, -1)) {}
    passed_connection& operator=(passed_connection&&) = delete;
    ~passed_connection();  // closes what nobody took

    std::size_t listener = 0;  // where it was accepted: its number
    kind what = kind::fresh;
    std::string client;        // an address; empty: the socket's peer
    std::string early;         // bytes that were read
    int descriptor = -1;
};

// The descriptor stays the caller's, too.
result<void> pass(const descriptor_channel& by, const passed_connection& c, std::chrono::milliseconds patience = descriptor_channel::send_patience);
inline constexpr std::string_view passed_mark = "connection ";
// Of a message that begins with passed_mark. Nothing: it is none that is understood.
std::optional<passed_connection> read_passed(descriptor_channel::message& m);

}  // namespace tollgate
