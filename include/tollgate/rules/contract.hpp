// contract.hpp - an API's token rules as data: formats, lifetimes, scope inclusion, headers, and its dialect.
//
// Read from `conf/contracts/<name>.yaml` (every key: conf/contracts/README.md); every key is optional, and so is the
// whole contract. A key that this build does not enforce yet is an error that says so. Knows no particular system.
// Threads: immutable after load; any.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/rules/dialect.hpp"
#include "tollgate/rules/me_rules.hpp"
#include "tollgate/rules/oauth_rules.hpp"
#include "tollgate/rules/pace.hpp"
#include "tollgate/rules/token_format.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// Calendar months and exact microseconds, added in that order; both zero is never (`lifetime: never`).
struct lifetime {
    int months = 0;
    std::chrono::microseconds exact{0};
    [[nodiscard]] bool never() const noexcept { return months == 0 && exact.count() == 0; }
    // 31 August + 6 months is the last day of February, same UTC time (PR-4).
    [[nodiscard]] std::optional<timestamp> end_of(timestamp start) const noexcept;
};

// One kind of token that an API issues.
struct token_kind {
    std::string kind = "token";
    std::string audience;               // the audience that tokens of this kind have; empty: none
    std::string format = "tg_{random}"; // see token_format.hpp
    lifetime life;                      // default and longest
    bool expiry_allowed = true;         // whether a creation may ask for an earlier end (CP-3: false)
    bool step_up = false;               // may carry assurance 2 (PL-11)
    token_format compiled;
};

struct scope_entry {
    std::string name;
    std::string description;
    std::string use_case;
};

struct scope_rules {
    std::vector<std::string> defaults;                         // given when none are asked for (PR-2)
    bool required = false;                                     // none is refused (PL-3, PA-1)
    std::string wildcard;                                      // this name satisfies every demand; empty: no such scope
    std::map<std::string, std::vector<std::string>> implies;   // direct inclusions; closed transitively when used (PR-3)
    std::vector<scope_entry> catalogue;                        // merged with the OpenAPI document's
};

// What rotation does to the secret before (PL-9).
struct rotation_rules {
    lifetime grace;           // how long the old secret goes on working; nothing: it ends at once
    std::string warn_header;  // answers to callers on an old secret say its end under this name; empty: they say nothing
};

// A version of the API that its callers may ask for.
struct api_version {
    std::string name;
    std::string notice;  // header lines of one that is deprecated: Deprecation (RFC 9745), Sunset (RFC 8594); else empty
};

// PL-7: the header pins the version; without it the token's own counts, which is the `initial` of the day it was created.
struct version_rules {
    std::string header;                  // empty: the API has no versions, and nothing else here counts
    std::string initial;                 // one of `supported`
    std::vector<api_version> supported;
    [[nodiscard]] bool enabled() const noexcept { return !header.empty(); }
    [[nodiscard]] const api_version* find(std::string_view version) const noexcept;
};

struct rate_rules {
    pace allowed;             // unlimited: no limit, and no X-RateLimit fields
    bool per_tenant = false;  // one cell a tenant and environment, else a token's own
};

struct contract {
    std::string name;                       // for people
    std::string source;                     // file that it was read from; empty: the generic one
    std::vector<std::string> environments;  // empty: the API has one, unnamed
    std::vector<token_kind> kinds;          // never empty; the first is the default
    std::vector<token_format> foreign;      // formats of imported keys, whose digest is of the whole text
    std::vector<token_format> foreign_after_pipe;  // of `<digits>|<text>`: the digest is of what follows the pipe
    scope_rules scopes;
    rotation_rules rotation;
    std::string idempotency_header = "Idempotency-Key";  // what routes with x-idempotency look for (PL-5)
    version_rules versions;
    std::string acting_as_header;           // names the actor that a token acts for (PL-8); empty: there are none
    rate_rules rate;                        // of requests whose operation has no x-rate-limit of its own (PR-10)
    std::chrono::milliseconds idempotency_replay = bounds::replay_time;       // from first use; then the key is free again (PL-6)
    std::size_t idempotency_body_bytes = bounds::replay_body_bytes;           // of a request: 413; of an answer: it is not kept
    oauth_rules oauth;                      // how access tokens are obtained; not enabled: not at all
    bool https_only = false;                // C-10
    bool forward_authorization = false;     // `upstream: {authorization: forward}` (C-9)
    me_rules me;                            // what `me` answers of a user
    dialect words;

    [[nodiscard]] const token_kind* find_kind(std::string_view kind) const noexcept;
    // Every scope that `granted` unlocks: itself and what it implies, transitively. The wildcard is not expanded here.
    [[nodiscard]] std::vector<std::string> closure(std::string_view granted) const;
};

// How long an old secret goes on working: "0", or a duration of a year at most.
result<lifetime> parse_grace(std::string_view text);

// The contract that an API without one gets.
contract generic_contract();

// Reads a contract. Every problem goes to `problems` with place and what to write instead; any error of its own means
// no contract.
std::optional<contract> read_contract(const document& doc, problem_list& problems);

}  // namespace tollgate
