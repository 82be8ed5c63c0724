// http_head.hpp - a request or response head, as slices of the received bytes.
//
// Nothing is copied: the views end when the buffer is reused. Made by codec/http_guard.hpp only.
#pragma once

#include "tollgate/base/bounds.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

// Fields that the gateway looks at or must not pass on; everything else is `other`.
enum class field_name : std::uint8_t {
    other,
    accept,
    access_control_request_headers,
    access_control_request_method,
    authorization,
    connection,
    content_length,
    content_type,
    date,
    expect,
    forwarded,
    host,
    keep_alive,
    max_forwards,
    origin,
    proxy_authenticate,
    proxy_authorization,
    proxy_connection,
    server,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    via,
    x_forwarded_for,
    x_forwarded_host,
    x_forwarded_proto,
    x_http_method,
    x_http_method_override,
    x_method_override,
    x_request_id,
    traceparent,
    tracestate,
    http2_settings,
    x_tollgate,  // x_tollgate: any name that begins so, '_' counting as '-'
};

struct header_field {
    field_name id = field_name::other;
    bool dropped = false;      // hop-by-hop, named by Connection, or identity: never forwarded (W-8, W-9)
    std::string_view name;     // as received
    std::string_view value;    // without surrounding blanks
};

enum class body_kind : std::uint8_t {
    none,          // no body
    length,        // exactly `content_length` bytes
    chunked,
    until_close,   // responses only
};

struct message_head {
    std::size_t head_bytes = 0;        // including the empty line
    unsigned minor_version = 1;        // HTTP/1.x
    body_kind body = body_kind::none;
    std::uint64_t content_length = 0;
    bool keep_alive = true;            // by version and Connection
    std::array<header_field, bounds::header_count_max> fields;
    std::size_t field_count = 0;

    [[nodiscard]] const header_field* begin() const noexcept { return fields.data(); }
    [[nodiscard]] const header_field* end() const noexcept { return fields.data() + field_count; }
    // The first field `id`, or nullptr.
    [[nodiscard]] const header_field* find(field_name id) const noexcept;
    [[nodiscard]] std::size_t count(field_name id) const noexcept;
};

struct request_head : message_head {
    std::string_view method;
    std::string_view target;           // as received
    std::string_view raw_path;         // origin-form path of the target, "/" where absolute-form had none
    std::string_view query;            // after '?', without it; has_query tells "" from none
    bool has_query = false;
    std::string_view host;             // authority: of an absolute-form target, else of Host; as received
    bool expects_continue = false;
};

struct response_head : message_head {
    unsigned status = 0;
    std::string_view reason;
};

}  // namespace tollgate
