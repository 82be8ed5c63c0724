// exchange_state.hpp - what is known of one request while it is answered; lives in the workspace, not in a frame.
#pragma once

#include "body_reader.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/net/upstreams.hpp"
#include "tollgate/rules/judge.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace tollgate {

// What becomes of the connection after an exchange.
enum class after : std::uint8_t {
    keep,    // read the next request
    close,   // nothing more will come that matters
    linger,  // the caller may still be sending: answer first, then drain a little, then close
    cut,     // reset it: the answer is not whole and must not look so
};

struct exchange_state {
    request_facts facts;
    digest key;                      // of the presented token, once it was needed
    bool key_known = false;
    body_reader body;                // of the request
    std::size_t body_mark = 0;       // where it begins in the buffer, for a second try
    std::unique_ptr<upstream_connection> upstream;
    bool reuse_allowed = true;       // false after a kept-alive connection turned out to be closed
    bool told_to_continue = false;   // 100 was sent
    bool answer_started = false;

    char id[32];                     // request id, and the trace id where the caller sent none
    std::string_view trace_id;
    bool caller_traced = false;      // a valid traceparent came in
    std::string_view allowed_origin; // of a CORS request whose origin may read the answer

    // For the log and the counters.
    timestamp now;
    monotonic started, sent, answered;
    unsigned status = 0;
    std::optional<refusal> refused;
    std::string_view aborted;        // why the answer is not whole
    std::uint64_t answer_bytes = 0;
    bool token_known = false;        // workspace::granted is what was presented

    [[nodiscard]] std::string_view request_id() const noexcept { return {id, sizeof id}; }
};

}  // namespace tollgate
