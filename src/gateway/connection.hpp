// connection.hpp - one downstream connection: its stream, who is at the other end, and its place in the worker's list.
#pragma once

#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/stream.hpp"

#include <cstdint>
#include <string>

namespace tollgate {

struct connection {
    connection(stream_socket s, timer_wheel& w) : bytes(std::move(s), w) {}
    stream bytes;
    ip_address client;
    std::string client_text;      // as X-Forwarded-For says it; "unix" for the management socket
    bool secure = false;
    bool local_operator = false;
    std::uint32_t uid = 0;        // of a local operator
    bool idle = true;             // between two requests: a drain may close it
    connection* next = nullptr;   // in the worker's list
    connection** link = nullptr;
};

}  // namespace tollgate
