// origin.hpp - where a request comes from: what trusted proxies report of it, read from the right. (PM-8, T-7, C-10)
//
// Asked only where the peer of the connection is a trusted proxy; anybody else is the caller himself, and his fields say nothing.
// Each proxy writes behind what it received, so the right end is the peer's word, and every entry is the word of the proxy
// that the entry to its right names. The walk goes left while it stands on a trusted proxy, and ends
//   - at the first address that is none: the caller; what stands left of it he may have written himself,
//   - at an entry that cannot be read (junk, `unknown`, `_hidden`, 010.0.0.1), or after bounds::forwarding_hops: at the last
//     good address, which is that of a trusted proxy,
//   - at the left end.
// Where both X-Forwarded-For and Forwarded are there, one of them may have come through a proxy that knows only the other: both must
// name the same caller. Otherwise nobody is known to be the caller: `client` is `::`, which no list of addresses should hold.
// Secure: at least one of X-Forwarded-Proto (all of its entries) and the proto of the caller's entry in Forwarded says https, and
// none says anything else.
// A proxy is trusted to write these fields itself; one that passes on a caller's cannot be told from one that wrote them.
// Pure; no allocation.
#pragma once

#include "tollgate/codec/http_head.hpp"
#include "tollgate/model/ip_address.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace tollgate {

struct origin {
    ip_address client;
    bool reported = false;      // by a proxy; false: the peer itself is the caller
    bool contradicted = false;  // X-Forwarded-For and Forwarded do not agree
    bool secure = false;
};

// `peer` is trusted.
origin find_origin(const ip_address& peer, std::span<const ip_block> trusted, const request_head& head) noexcept;

// One node of X-Forwarded-For or Forwarded: an address, with a port where there is one (203.0.113.7:4711, [2001:db8::1]:4711).
std::optional<ip_address> read_forwarded_node(std::string_view text) noexcept;

}  // namespace tollgate
