// refusal.hpp - why not, as an enumerator. A dialect turns it into bytes in exactly one place (rules/dialect.hpp).
//
// The names are fixed: contracts word them under `refusals:`, logs and metrics show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

// name, default status, default title
#define TOLLGATE_REFUSALS(X)                                                                         \
    X(bad_request, 400, "Bad request")                                                               \
    X(http_version_unsupported, 505, "HTTP version not supported")                                   \
    X(method_unsupported, 501, "Method not supported")                                               \
    X(target_too_long, 414, "Request target too long")                                               \
    X(head_too_large, 431, "Request head too large")                                                 \
    X(payload_too_large, 413, "Payload too large")                                                   \
    X(request_timeout, 408, "The request took too long to arrive")                                   \
    X(expectation_failed, 417, "Expectation failed")                                                 \
    X(host_unknown, 421, "No API answers for this host")                                             \
    X(insecure_transport, 400, "HTTPS is required")                                                  \
    X(missing_token, 401, "A bearer token is required")                                              \
    X(malformed_token, 401, "The Authorization header is malformed")                                 \
    X(wrong_environment, 401, "The token belongs to another environment")                            \
    X(invalid_token, 401, "The token is not valid")                                                  \
    X(disabled_token, 401, "The token is not valid")                                                 \
    X(expired_token, 401, "The token has expired")                                                   \
    X(address_not_allowed, 403, "The token may not be used from this address")                       \
    X(rate_limited, 429, "Too many requests")                                                        \
    X(route_not_found, 404, "No such route")                                                         \
    X(method_not_allowed, 405, "Method not allowed")                                                 \
    X(audience_required, 403, "The token is for another audience")                                   \
    X(assurance_required, 401, "A second factor is required")                                        \
    X(scope_required, 403, "The token lacks a scope that this route demands")                        \
    X(include_forbidden, 403, "The token may not include this resource")                             \
    X(version_unknown, 400, "Unknown API version")                                                   \
    X(actor_unknown, 403, "Unknown actor")                                                           \
    X(idempotency_required, 400, "An idempotency key is required")                                   \
    X(idempotency_invalid, 400, "The idempotency key is not valid")                                  \
    X(idempotency_mismatch, 422, "The idempotency key was used with another request")                \
    X(idempotency_in_progress, 409, "The first request with this idempotency key is still running")  \
    X(idempotency_unknown_outcome, 409, "The outcome of the first request with this key is unknown") \
    X(idempotency_answer_too_large, 409, "The first answer was too large to keep")                   \
    X(oauth_client_refused, 401, "Client authentication failed")                                     \
    X(overloaded, 503, "Overloaded")                                                                 \
    X(store_unavailable, 503, "Temporarily unavailable")                                             \
    X(upstream_unavailable, 502, "The upstream service is unavailable")                              \
    X(upstream_timeout, 504, "The upstream service took too long")                                   \
    X(upstream_invalid, 502, "The upstream service gave an invalid answer")

enum class refusal : std::uint8_t {
#define TOLLGATE_NAME(name, status, title) name,
    TOLLGATE_REFUSALS(TOLLGATE_NAME)
#undef TOLLGATE_NAME
};

#define TOLLGATE_COUNT(name, status, title) +1
inline constexpr std::size_t refusal_count = 0 TOLLGATE_REFUSALS(TOLLGATE_COUNT);
#undef TOLLGATE_COUNT

std::string_view to_string(refusal why) noexcept;
std::optional<refusal> refusal_by_name(std::string_view name) noexcept;
unsigned default_status(refusal why) noexcept;
std::string_view default_title(refusal why) noexcept;

// Whether bytes behind the refused head cannot be trusted, so that the connection must close (security row W-7).
bool breaks_framing(refusal why) noexcept;

}  // namespace tollgate
