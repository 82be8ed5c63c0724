// judge.hpp - (request facts, look-up, now) -> permit | refusal | look up first. A pure function.
//
// The judge's first rule: the grant's API is the route's API, and its environment the host's. Then C-13's order, first
// failure wins: transport, (public route: permit), missing or malformed, environment, invalid, disabled or expired,
// address, rate, 404 or 405, audience, assurance, scope, include, version, actor, idempotency.
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
#include <string_view>
#include <variant>

namespace tollgate {

struct request_facts {
    const api* of = nullptr;
    std::uint32_t environment = 0;   // index into of->environments
    bool secure = false;             // TLS listener, trusted proto, or treat_as_secure (C-10)
    ip_address client;
    std::string_view method;         // as received
    std::string_view path;           // canonical
    std::string_view query;          // without '?'
    route_match match;
    credential presented;
    bool has_idempotency_key = false;     // the contract's idempotency_header was there
    std::string_view idempotency_key;     // its value, trimmed, as received
    bool local_operator = false;     // came over the management socket from an allowed uid: stands for every scope of an API that trusts it
};

struct lookup {
    enum class kind : std::uint8_t { not_yet, absent, unavailable, overloaded, found } outcome = kind::not_yet;
    const grant* found = nullptr;
};

// Proof that every rule said yes. Only the judge makes one; the forwarder takes nothing else.
class permit {
 public:
    [[nodiscard]] const route& through() const noexcept { return *route_; }
    [[nodiscard]] const grant* by() const noexcept { return grant_; }  // nullptr: public route or local operator

 private:
    friend struct judgement;
    permit(const route& r, const grant* g) noexcept : route_(&r), grant_(g) {}
    const route* route_;
    const grant* grant_;
};

struct denied {
    refusal why = refusal::bad_request;
    const route* at = nullptr;  // where a route was found: for scope_text()
};
struct look_up_first {};

using verdict = std::variant<denied, look_up_first, permit>;

verdict judge(const request_facts& facts, const lookup& token, timestamp now) noexcept;

}  // namespace tollgate
