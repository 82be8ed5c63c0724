// judge.hpp - (request facts, look-ups, now) -> permit | refusal | what to find out first. A pure function.
//
// The judge's first rule: the grant's API is the route's API, and its environment the host's. Then C-13's order, first
// failure wins: transport, (public route: permit), missing or malformed, environment, invalid, disabled or expired,
// address, rate, 404 or 405, audience, assurance, scope, include, version, actor, idempotency.
// Of an API that does not enforce, a lacking audience, scope or include is noted in the permit instead of refused. What the
// gateway would answer itself is always enforced: nobody but it looks at who asks. (C-16)
// Framing and host come before there is an API to judge for: codec/http_guard.hpp and rulebook::find.
// No I/O, no clock, no allocation, no threads.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/rules/credential.hpp"
#include "tollgate/rules/refusal.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace tollgate {

// A field that the contract names: how often it came, and its value (of the last).
struct named_field {
    std::uint32_t count = 0;
    std::string_view value;
};

struct request_facts {
    const api* of = nullptr;
    std::uint32_t environment = 0;   // index into of->environments
    bool secure = false;             // TLS listener, trusted proto, or treat_as_secure (C-10)
    ip_address client;              // where the request comes from (rules/origin.hpp)
    std::string_view method;         // as received
    std::string_view path;           // canonical
    std::string_view query;          // without '?'
    route_match match;
    credential presented;
    bool has_idempotency_key = false;     // the contract's idempotency_header was there
    std::string_view idempotency_key;     // its value, trimmed, as received
    named_field version, acting_as;       // the contract's versions.header and acting_as.header
    bool local_operator = false;     // came over the management socket from an allowed uid: stands for every scope of an API that trusts it
};

struct lookup {
    enum class kind : std::uint8_t { not_yet, absent, unavailable, overloaded, found } outcome = kind::not_yet;
    const grant* found = nullptr;
    std::span<const ip_block> addresses{};  // its list, where it is restricted to addresses
};

// Whether the request is within its pace: asked once a request, since asking takes one (gateway/rate_table.hpp).
enum class quota : std::uint8_t { not_weighed, within, exceeded };

// Proof that every rule said yes. Only the judge makes one; the forwarder takes nothing else.
class permit {
 public:
    [[nodiscard]] const route& through() const noexcept { return *route_; }
    [[nodiscard]] const grant* by() const noexcept { return grant_; }  // nullptr: public route or local operator
    [[nodiscard]] const api_version* version() const noexcept { return version_; }  // nullptr: the API has none
    // What an API that enforces would have said: scope_required, include_forbidden or audience_required. (C-16)
    [[nodiscard]] std::optional<refusal> would_refuse() const noexcept { return would_refuse_; }

 private:
    friend struct judgement;
    permit(const route& r, const grant* g, const api_version* v, std::optional<refusal> would_refuse = std::nullopt) noexcept
        : route_(&r), grant_(g), version_(v), would_refuse_(would_refuse) {}
    const route* route_;
    const grant* grant_;
    const api_version* version_;
    std::optional<refusal> would_refuse_;
};

struct denied {
    refusal why = refusal::bad_request;
    const route* at = nullptr;  // where a route was found: for scope_text()
    const api_version* version = nullptr;  // that it would have been processed with, where the caller is known and it is
};
struct look_up_first {};        // the token
struct look_up_actor_first {};  // facts.acting_as: well-formed, and everything before it says yes
struct weigh_first {            // everything before says yes: take one, then ask again
    const pace* allowed;
    const route* of = nullptr;  // whose own pace it is; nullptr: the API's
};

using verdict = std::variant<denied, look_up_first, permit, look_up_actor_first, weigh_first>;

// `actor`: the record of facts.acting_as in the token's tenant, environment and API, read like a token's.
verdict judge(const request_facts& facts, const lookup& token, timestamp now, const lookup& actor = {}, quota taken = quota::not_weighed) noexcept;

// An idempotency key as it counts: bare and quoted are the same (IETF draft). Empty: it is none.
std::string_view bare_idempotency_key(std::string_view value) noexcept;

}  // namespace tollgate
