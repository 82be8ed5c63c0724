// span.hpp - what is told of a request that is traced, in OpenTelemetry's terms, on its way to whoever exports it.
//
// Nothing of a query, of a header's value, of a body or of a token is in it, nor who the caller is. (SECURITY.md, "What leaves the house")
// Threads: values.
#pragma once

#include "tollgate/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tollgate {

// A request as the gateway served it, and below it the part that an upstream took.
struct trace_span {
    std::string trace_id;           // 32 lower hexadecimal digits
    std::uint64_t id = 0;
    std::uint64_t parent = 0;       // the caller's; 0: it sent none
    timestamp start;
    std::uint64_t took_us = 0;

    std::string request_id, api, environment, scheme, method;
    std::string route;              // the template; empty: none matched
    unsigned status = 0;
    std::string reason;             // of a refusal, or why the answer is not whole; empty: neither
    std::string would_refuse;       // what an API that does not enforce let through
    std::uint64_t request_bytes = 0, response_bytes = 0;  // of bodies
    bool http_1_0 = false;

    std::string server;             // of the pool, "billing.internal:9000"; empty: none was asked
    std::uint64_t upstream_id = 0;
    timestamp upstream_start;       // the request had gone; unset: it never had
    std::uint64_t upstream_us = 0;  // until the answer began
    unsigned sent_again = 0;        // how often

    // How many spans of the protocol it is.
    [[nodiscard]] std::size_t count() const noexcept { return upstream_start.is_set() ? 2 : 1; }
};

}  // namespace tollgate
