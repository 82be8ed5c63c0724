// dialect.hpp - how an API words its refusals: status, headers and body for each reason.
//
// The one place where a refusal becomes bytes. Wordings are contract data (`refusals:`); what is not worded there keeps
// its generic wording: application/problem+json {type, title, status, detail?} with RFC 6750 statuses.
// `{placeholders}` are filled in, JSON-escaped: {scope} {audience} {instance} {method} {trace_id} {request_id}
// {retry_after} {detail} {environment}; {reason} {status} {title} {problem} {problem_path} are settled when a wording
// is compiled. The language of a contract's wordings: conf/contracts/README.md.
// Threads: immutable once the contract is loaded; any.
#pragma once

#include "tollgate/rules/refusal.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

// What the placeholders stand for in one refusal. Views live as long as the request.
struct refusal_facts {
    std::string_view instance;    // path of the request, as canonical bytes
    std::string_view method;
    std::string_view request_id;
    std::string_view trace_id;
    std::string_view scope;       // scopes that would have done, space-separated (RFC 6750 `scope`)
    std::string_view audience;
    std::string_view environment; // the host's
    std::string_view detail;      // one sentence of ours; may be empty
    std::uint32_t retry_after_s = 1;
    std::uint32_t max_age_s = 0;        // how old a second factor may be here; 0: any age
    std::string_view resource_metadata; // its URL (RFC 9728), where the API has one
};

// What a piece of a wording stands for; filled in when a refusal is written.
enum class placeholder : std::uint8_t {
    none,
    scope,
    audience,
    instance,
    method,
    trace_id,
    request_id,
    retry_after,
    detail,         // facts.detail, or the title where there is none
    environment,
    detail_member,  // `,"detail":"…"`, or nothing where there is no detail
};

// A wording, compiled: literal pieces and placeholders in turn.
struct wording {
    struct piece {
        std::string literal;                           // written first, as it stands
        placeholder filled = placeholder::none;  // then this
    };
    unsigned status = 400;
    std::string title;  // what {detail} says where nobody has words
    std::string content_type;
    std::vector<std::pair<std::string, std::vector<piece>>> headers;  // extra
    std::vector<piece> body;
    bool json = true;  // placeholders in the body are JSON-escaped
};

class dialect {
 public:
    dialect();  // the generic one
    [[nodiscard]] const wording& of(refusal why) const noexcept { return wordings_[static_cast<std::size_t>(why)]; }
    void set(refusal why, wording w) { wordings_[static_cast<std::size_t>(why)] = std::move(w); }

    // Appends the body of `why` to `out`.
    void write_body(refusal why, const refusal_facts& facts, std::string& out) const;
    // Appends whole header lines beside status, content type and length: WWW-Authenticate on every 401 and on
    // scope_required whatever the body (C-3), Retry-After on 429 and 503, and what the wording adds.
    void write_headers(refusal why, const refusal_facts& facts, std::string& out) const;

 private:
    std::array<wording, refusal_count> wordings_;
};

}  // namespace tollgate
