// oauth.hpp - the OAuth 2.0 endpoints of an API, as its contract's `oauth:` turns them on.
//
// oauth.token (RFC 6749; authorization_code with PKCE, RFC 7636), oauth.revoke (RFC 7009), oauth.introspect (RFC 7662), oauth.register
// (RFC 7591), oauth.server_metadata (RFC 8414), oauth.resource_metadata (RFC 9728). The page where users sign in is not here.
// Operations like all others, on public routes: who asks is found out by them. Every answer is `Cache-Control: no-store`, save metadata.
// Issuing an access token stores nothing; it is logged, and counted in issued().
// Threads: as operations. Lifetime: what the parts refer to outlives the table. Errors: RFC 6749 §5.2 as JSON, unless the contract words
// `oauth_client_refused`; 503 with Retry-After where the store is ill.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

class code_book;
class sign_in;

// How many access tokens were issued, by grant type. Threads: any.
struct issue_counts {
    std::atomic<std::uint64_t> client_credentials{0}, password{0}, authorization_code{0}, refresh_token{0};
    // Prometheus text.
    [[nodiscard]] std::string metrics() const;
};

struct oauth_parts {
    registry& tokens;
    const clock& time;
    random_source& random;
    log_sink& log;
    issue_counts& issued;
    class sign_in* sign_ins = nullptr;  // nullptr: no password opens anything
    code_book* codes = nullptr;         // nullptr: no code was ever given out
};

void add_oauth(operation_table& table, oauth_parts with);
// The names of those operations, and of the page (oauth.authorize).
std::span<const std::string_view> oauth_operation_names() noexcept;

}  // namespace tollgate
