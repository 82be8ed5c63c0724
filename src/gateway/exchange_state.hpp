// exchange_state.hpp - what is known of one request while it is answered; lives in the workspace, not in a frame.
#pragma once

#include "body_reader.hpp"
#include "edition.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/net/upstreams.hpp"
#include "tollgate/rules/judge.hpp"
#include "tollgate/rules/origin.hpp"

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

// Where a request with an idempotency key stands (idempotency.hpp).
enum class once : std::uint8_t {
    none,     // it has no key, or is not looked up yet
    claimed,  // the first with its key: what comes of it will be kept
    replay,   // a repeat: ws.kept is what the first was answered
    refused,  // a repeat that gets no answer: see repeat_refused
    settled,  // was claimed, and what came of it is kept, or known not to be
};

struct exchange_state {
    edition_pin by;                  // rules, upstreams and counters; until it is accounted
    request_facts facts;
    digest key;                      // what is looked up: of the presented token, or a holder's
    std::uint64_t judged_at = 0;     // the epoch that the verdict is as true as (registry/grant_reader.hpp)
    bool by_access = false;          // with an access token: workspace::claims
    token_id counted;                // whose use and pace it is: the token, or the parent of an access token
    digest actor_key;                // of facts.acting_as in the token's tenant, once it was needed
    quota taken = quota::not_weighed;
    pace_step rate;                  // once it was weighed
    std::uint32_t rate_burst = 0;
    const api_version* version = nullptr;  // that this is processed with, for the echo
    bool acts = false;               // for facts.acting_as, whom the registry knows
    body_reader body;                // of the request
    std::size_t body_mark = 0;       // where it begins in the buffer, for a second try
    std::unique_ptr<upstream_connection> upstream;
    bool reuse_allowed = true;       // false after a kept-alive connection turned out to be closed
    bool told_to_continue = false;   // 100 was sent
    bool interim_sent = false;       // something of an answer was: the request is not sent again
    unsigned sent_again = 0;         // how often it was
    const pool_member* failed_server = nullptr;  // of the last try; compared only
    bool answer_started = false;

    origin from;                     // of a request that a trusted proxy passed on
    std::string_view client;         // who asks, in words: for the log, the audit and the upstream
    once idempotent = once::none;
    bool holds_room = false;         // counted in replay_book::enter()
    bool went = false;               // something may have gone upstream, or an operation may have run
    refusal repeat_refused = refusal::idempotency_in_progress;

    char id[32];                     // request id, and the trace id where the caller sent none
    std::string_view trace_id;
    bool caller_traced = false;      // a valid traceparent came in
    bool traced = false;             // spans are made of it: workspace::trace
    std::string_view allowed_origin; // of a CORS request whose origin may read the answer

    // For the log and the counters.
    timestamp now;
    monotonic started, sent, answered;
    unsigned status = 0;
    std::optional<refusal> refused;
    std::optional<refusal> would_refuse;  // of a permit that an API gives that does not enforce
    std::string_view aborted;        // why the answer is not whole
    std::uint64_t answer_bytes = 0;
    bool token_known = false;        // workspace::granted is what was presented
    const route* permitted = nullptr;  // where the judge let it through
    std::string_view cookies;          // that may hold a session which does for a token; empty: none
    bool by_session = false;           // workspace::granted is the session's

    // The servers of the environment, once that is known.
    [[nodiscard]] upstream_set& upstreams() const noexcept { return by->upstream(facts.of->environments[facts.environment].pool); }
    [[nodiscard]] std::string_view request_id() const noexcept { return {id, sizeof id}; }
};

}  // namespace tollgate
