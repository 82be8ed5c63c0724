// workspace.hpp - what one exchange needs while it is under way: buffers, heads, texts. Lent by the worker, reused for ever.
#pragma once

#include "exchange_state.hpp"
#include "inbound.hpp"
#include "relay.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/base/byte_buffer.hpp"
#include "tollgate/codec/http_head.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/replay/replay_book.hpp"
#include "tollgate/rules/access_token.hpp"

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

// Of an exchange that is traced.
struct trace_state {
    std::uint64_t id = 0, parent = 0;  // of the gateway's span, and of the caller's; 0: it sent none
    std::uint64_t upstream_id = 0;     // of the part that the upstream takes
    std::string server;                // that was asked last
};

struct workspace {
    explicit workspace(std::size_t head_bytes)
        : downstream(head_bytes + bounds::body_window_bytes / 2), upstream(head_bytes + bounds::body_window_bytes) {
        constexpr std::size_t usual = 1024;  // room from the start: a workspace that only a crowd needs is not to grow when it comes
        head_out.reserve(usual);
        answer_out.reserve(usual);
        body_out.reserve(usual);
        extra_fields.reserve(usual);
        host.reserve(usual / 4);
    }

    inbound downstream;   // from the caller
    inbound upstream;     // from the upstream
    request_head request;
    response_head response;
    std::size_t scanned = 0;
    grant granted;        // a copy: the cache may move while the exchange waits
    std::vector<ip_block> addresses;  // its list, likewise; most have none
    access_claims claims; // of an access token
    grant acted_for;      // likewise, of the actor
    std::string session_user;  // whose session it is
    exchange_state x;
    std::string actor_key; // what x.actor_key is the digest of
    std::string path;     // canonical path, where it differs from the received one
    std::string host;     // normalised
    byte_buffer head_out; // to the upstream
    byte_buffer answer_out;
    byte_buffer signed_text;  // of an assertion
    std::string body_out;
    trace_state trace;
    std::string extra_fields;  // of a refusal
    framed_slices first;  // the head and what is buffered of the body
    body_relay upload;    // the rest of the body
    body_reader answered; // the answer's body
    body_relay answer;    // on its way to the caller
    replay_claim claim;   // of a request with an idempotency key
    kept_answer kept;     // what is, or was, answered to the first such request

    void reset() noexcept {
        downstream.clear();
        downstream.restart();
        upstream.clear();
        upstream.restart();
        scanned = 0;
        if (body_out.capacity() > bounds::body_window_bytes) std::string().swap(body_out);  // one large body is no reason to keep its room
    }
};

}  // namespace tollgate
