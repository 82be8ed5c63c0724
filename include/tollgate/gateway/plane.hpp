// plane.hpp - what the threads of a gateway share: rules, tokens, operations, limits. Read only while they run.
//
// A reload makes another one, which refers to the same tokens, operations and logs; exchanges go on under the one that they began with.
// There are two planes in a process: the data plane (one worker a core) and the management plane (one worker, its own
// rulebook). Both run the same session, exchange and judge.
// Lifetime: owned by app/server, which outlives every worker.
#pragma once

#include "tollgate/audit/denial_log.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/codec/http_guard.hpp"
#include "tollgate/crypto/tls_context.hpp"
#include "tollgate/gateway/address_table.hpp"
#include "tollgate/gateway/rate_table.hpp"
#include "tollgate/net/blocking_pool.hpp"
#include "tollgate/net/spare_descriptors.hpp"
#include "tollgate/net/upstreams.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/replay/replay_book.hpp"
#include "tollgate/rules/operation.hpp"
#include "tollgate/rules/rulebook.hpp"
#include "tollgate/rules/trace_sampler.hpp"
#include "tollgate/telemetry/access_log.hpp"
#include "tollgate/usage/usage_log.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// Zero is "no limit" for `total` alone.
struct gateway_timeouts {
    std::chrono::milliseconds head{10'000}, body_idle{30'000}, keep_alive{60'000}, connect{2'000}, first_byte{30'000}, response_idle{30'000},
        total{0};
};

// A browser's session, for judging it like a token: what it may do, and whose it is.
struct session_standing {
    grant may;
    std::string user;  // id
};
// Of a Cookie field's value; nothing: none that counts. Blocking threads. Errors: the store's.
struct session_source {
    std::function<bool(std::string_view cookies)> may_have;  // without I/O
    std::function<result<std::optional<session_standing>>(std::string_view cookies)> find;
};

class span_exporter;  // tollgate/telemetry/span_exporter.hpp

struct plane {
    const rulebook& rules;
    registry& tokens;
    const operation_table& operations;
    blocking_pool& blocking;
    spare_descriptors& spares;
    const clock& time;
    log_sink& log;
    access_log& requests;
    std::vector<upstream_pool_settings> pools;  // by environment::pool
    head_limits limits;
    std::uint64_t body_bytes = 100ull << 20;
    std::size_t connections = 20'000;           // of one worker
    gateway_timeouts timeouts;
    const api* only = nullptr;                  // management plane: every host is this API
    std::vector<ip_block> trusted_proxies;      // whose word on a caller is taken
    rate_table* rates = nullptr;                // of every API with a rate limit; there where one has
    replay_book* replays = nullptr;             // always there: both planes have one
    usage_log* uses = nullptr;                  // nullptr: nobody counts
    denial_log* denials = nullptr;              // likewise
    std::shared_ptr<const rulebook> kept{};     // owns `rules`
    std::vector<std::shared_ptr<const tls_server>> tls{};  // by listener_settings::tls; nullptr: in the clear
    address_table* callers = nullptr;           // nullptr: connections of one address are not counted
    std::size_t connections_per_address = 0;
    const session_source* sessions = nullptr;   // management plane: a session does where no token is sent; nullptr: never
    span_exporter* spans = nullptr;             // where what is traced goes; there where `tracing` is, or was before a reload
    std::optional<trace_rules> tracing{};       // of one thread; nothing: no request is traced
};

}  // namespace tollgate
