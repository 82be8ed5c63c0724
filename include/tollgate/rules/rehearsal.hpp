// rehearsal.hpp - what the judge would decide about a call that nobody makes, with everything right that a caller can get right.
//
// For `explain`, and for `diff`, which plays recorded use again under other rules. The use of tokens is recorded by route: paths' parameters,
// queries and header fields are not known. So what hangs on them is asked apart: a key for idempotency, HTTPS. What `?include=` names and a
// version that a field names are not asked at all.
// Pure: no I/O, no clock but `now`. Threads: functions.
#pragma once

#include "tollgate/model/token.hpp"
#include "tollgate/rules/judge.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

// A path that a template of a document matches, and no other template's literals do: "/things/{id}.json" -> "/things/~.json".
std::string sample_path(std::string_view path_template);

// The grant of `record` in the numbers of `of`. What `of` has no word for (a kind, an environment, a version) is a number that nothing equals.
// Whoever has given a second factor has just given it.
indexed_grant grant_under(const api& of, const token& record, timestamp now);

// A request that nothing is wrong with: by HTTPS, with an idempotency key and a token that is worth a look-up. Lifetime: of what it is given.
request_facts plain_request(const api& of, std::uint32_t environment, std::string_view method, std::string_view canonical_path);

struct rehearsed {
    std::optional<refusal> why;          // nothing: let through
    std::optional<refusal> without_key;  // where no idempotency key is sent
    std::optional<refusal> in_clear;     // where it does not come by HTTPS
    const route* at = nullptr;           // where it goes; nullptr: nowhere
};
// A call by `record` of what the use of tokens knows as `method` and `path_template`; without a method: of what no operation covers.
rehearsed rehearse(const api& of, const token& record, std::string_view method, std::string_view path_template, timestamp now);

// The scopes that `record` lacks for `at`, of the alternative of which it lacks the fewest.
std::vector<std::string> lacking_scopes(const api& of, const token& record, const route& at, timestamp now);

// Whether a token whose text has this hint is still one of the API's, as far as a hint can tell. `known`: the patterns under which it was.
enum class text_fit : std::uint8_t {
    no,       // no format begins like it
    perhaps,  // a format that was not there before does
    yes,
};
text_fit fit_of_hint(const contract& rules, std::span<const std::string> known, std::string_view hint);
// Every pattern that a token of the contract may have.
std::vector<std::string> patterns_of(const contract& rules);

}  // namespace tollgate
