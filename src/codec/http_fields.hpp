// http_fields.hpp - field lines -> slices, and the meaning of those that frame the message.
//
// Private to codec; http_guard.cpp calls it with a block that is known to hold no control byte but CRLF line ends, no
// empty line within, and to end with an empty line. Pure; no allocation.
#pragma once

#include "tollgate/codec/http_guard.hpp"

#include <string_view>

namespace tollgate {

// What was met on the way, so that nobody has to search afterwards.
struct field_facts {
    unsigned hosts = 0, content_lengths = 0, transfer_encodings = 0, connections = 0, expects = 0;
    std::string_view host, content_length, transfer_encoding;
    [[nodiscard]] bool frames() const noexcept { return content_lengths + transfer_encodings != 0; }
};

// `p` at the first field line or the empty line; `last`: behind the empty line.
head_error read_fields(const char* p, const char* last, const head_limits& limits, message_head& out, field_facts& facts) noexcept;

// Connection: keep_alive, and the fields that it names become dropped. Sets keep_alive by version where there is none.
head_error apply_connection(message_head& head, const field_facts& facts) noexcept;

// Content-Length and Transfer-Encoding as one meaning: head.body is none (neither), length or chunked.
head_error apply_framing(message_head& head, const field_facts& facts) noexcept;

// Expect on a request. (RFC 9110 §10.1.1)
head_error apply_expect(request_head& head, const field_facts& facts) noexcept;

}  // namespace tollgate
