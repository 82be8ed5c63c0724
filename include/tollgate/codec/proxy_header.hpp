// proxy_header.hpp - what a proxy that only passes bytes on says before them: the PROXY protocol, versions 1 and 2.
//
// https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt. Read strictly: TCP over IPv4 or IPv6 in either version, one blank
// between the parts of version 1, no leading zeros, extensions of version 2 that fill their length exactly. Datagrams, Unix sockets
// and anything that is no such header are refused. Extensions are stepped over, not looked at.
// Pure; no allocation. Bounds: 107 bytes of version 1 (the specification's), bounds::proxy_header_bytes of version 2.
#pragma once

#include "tollgate/model/ip_address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

struct proxy_header {
    std::size_t bytes = 0;             // of the header; what the caller sends follows
    std::optional<ip_address> source;  // of the proxy's client; nothing: the connection is the proxy's own (LOCAL, UNKNOWN)
};

enum class proxy_header_status : std::uint8_t { need_more, complete, refused };

// `bytes`: from the connection's first one on.
proxy_header_status read_proxy_header(std::string_view bytes, proxy_header& out) noexcept;

}  // namespace tollgate
