// http_guard.hpp - the framing guard: bytes -> a head whose framing has exactly one meaning, or a refusal.
//
// Stands in front of everything, on requests and on upstream answers (security rows W-1 to W-4, W-6, W-8, W-9, W-13).
// It is strict where RFC 9112 lets a recipient choose: no bare LF or CR, no obs-fold, no blank before the colon, no
// Transfer-Encoding but a single `chunked` on HTTP/1.1, no Content-Length beside it, one Host. The guard makes the slices
// itself; where a request frames a body, and where an answer has a Transfer-Encoding, Beast's parser reads beside it and must agree.
// Pure; no allocation. Threads: a function.
#pragma once

#include "tollgate/codec/http_head.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tollgate {

struct head_limits {
    std::size_t head_bytes = bounds::head_bytes;
    std::size_t header_count = bounds::header_count;
    std::size_t target_bytes = bounds::target_bytes;
};

enum class head_error : std::uint8_t {
    none,
    bad_syntax,
    bad_version,
    bad_method,
    bad_target,
    target_too_long,
    too_large,
    bad_framing,
    bad_host,
    bad_field,
    unsupported_expectation,
};
std::string_view to_string(head_error e) noexcept;

enum class head_status : std::uint8_t { complete, need_more, refused };

// Reads one request head from the front of `bytes` (leading empty lines, at most two, are skipped and counted in
// head_bytes). `scanned`: bytes already seen to hold no end of head, updated: pass 0 for a new message, so that a head
// that arrives byte by byte costs linear work. On refused, `why` says it.
head_status read_request_head(std::string_view bytes, std::size_t& scanned, const head_limits& limits, request_head& out, head_error& why) noexcept;

// The same for an upstream's answer to `request_method` (HEAD, and 204, 304, 1xx have no body; an answer may end with
// the connection).
head_status read_response_head(
    std::string_view bytes, std::size_t& scanned, const head_limits& limits, bool to_head, response_head& out, head_error& why) noexcept;

// Host as it is matched: lower-case, port and final dot removed (W-3). False: not a host.
bool normal_host(std::string_view host, char* out, std::size_t& out_size) noexcept;  // out: at least host.size() bytes

}  // namespace tollgate
