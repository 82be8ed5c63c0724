// The keys that sign access and refresh tokens.
#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/registry/authorizations.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate {
namespace {

// `key`: as it stands now. The newest signs.
json::object key_view(const mac_key& key, timestamp now) {
    const auto time = [](const std::optional<timestamp>& t) { return t ? json::value(rfc3339(*t)) : json::value(); };
    const bool over = key.verifies_until && now >= *key.verifies_until;
    return {{"id", key.id},
        {"state",
            over                 ? "ended"
                : key.retired_at ? "verifies"
                                 : "signs"},
        {"created_at", rfc3339(key.created_at)}, {"retired_at", time(key.retired_at)}, {"verifies_until", time(key.verifies_until)}};
}

// How long what was signed a moment ago may live: the longest of any API.
std::chrono::seconds longest_life(const rulebook& book) {
    std::chrono::seconds out{0};
    for (const auto& of : book.apis())
        if (of->rules.oauth.enabled()) out = std::max(out, of->rules.oauth.longest_life());
    return out;
}

}  // namespace

operation_answer list_keys_operation(const operation_context& with, const operation_call&) {
    if (!with.caller.reaches_all()) return answer_failure({errc::refused, "keys are the whole gateway's"});
    const auto keys = authorization_book(with.tokens).keys();
    if (!keys) return answer_failure(keys.error());
    json::array rows;
    for (const auto& key : *keys) rows.push_back(key_view(key, with.time.now()));
    return answer_rows(std::move(rows));
}

operation_answer rotate_key_operation(const operation_context& with, const operation_call& call) {
    if (!with.caller.reaches_all()) return answer_failure({errc::refused, "keys are the whole gateway's"});
    auto read = body_fields::read_if_any(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const bool at_once = body.flag("at_once", problems);
    body.refuse_others(problems);
    if (!problems.empty()) return answer_fields(problems);
    // Zero would end them at once; where no API issues tokens, nothing is there to end.
    const auto longest = at_once ? std::chrono::seconds{0} : std::max(longest_life(with.book), std::chrono::seconds{1});
    const auto made = authorization_book(with.tokens).rotate_keys(longest, with.caller.who());
    if (!made) return answer_failure(made.error());
    return answer_record(201, key_view(*made, with.time.now()), made->revision);
}

}  // namespace tollgate
