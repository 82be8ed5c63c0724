// connection.hpp - one downstream connection: its stream, who is at the other end, and its place in the worker's list.
#pragma once

#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/upstreams.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tollgate {

// The bound on a whole exchange: ends whatever waits on either stream.
struct exchange_deadline : deadline_node {
    exchange_deadline(timer_wheel& w, stream& downstream) noexcept
        : deadline_node(w, [](deadline_node& n) noexcept { static_cast<exchange_deadline&>(n).end(); }), caller(downstream) {}
    void end() noexcept {
        caller.cancel();
        if (upstream != nullptr) upstream->cancel();
        if (queued != nullptr) queued->give_up();
    }
    stream& caller;
    stream* upstream = nullptr;
    upstream_wait* queued = nullptr;  // for a connection to an upstream
};

struct connection {
    connection(loop& on, timer_wheel& w, int descriptor) noexcept : bytes(on, w, descriptor), total(w, bytes) {}
    stream bytes;
    exchange_deadline total;
    ip_address client;            // the peer; behind a PROXY header, whom that names
    std::string client_text;      // as X-Forwarded-For says it; "unix" for the management socket
    std::string forwarding;       // heads.hpp
    std::shared_ptr<const tls_server> tls;  // begins with a handshake; nullptr: in the clear
    bool secure = false;          // the listener is
    bool trusted = false;         // `client` is a trusted proxy: what it reports is believed (rules/origin.hpp)
    bool proxy_header = false;    // must begin with a PROXY header
    ip_address reported;          // whom it reported last, and how that is written
    std::string reported_text;
    bool counted = false;         // in the plane's address_table, as this:
    ip_address counted_as;
    bool is_unix = false;
    bool local_operator = false;
    std::uint32_t uid = 0;        // of a local operator
    bool idle = true;             // between two requests: a drain may close it
    bool apart = false;           // in no exchange: a handshake, the rest of a head, what lingers, what may not begin yet
    bool last = false;            // ends with its next answer
    std::size_t listener = 0;     // that accepted it: its number
    connection* next = nullptr;   // in the worker's list
    connection** link = nullptr;
};

}  // namespace tollgate
