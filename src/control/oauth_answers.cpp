#include "control/oauth_answers.hpp"

#include "tollgate/rules/rulebook.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

operation_answer unstored(operation_answer answer) {
    answer.headers.emplace_back("Cache-Control", "no-store");
    answer.headers.emplace_back("Pragma", "no-cache");
    return answer;
}

}  // namespace

operation_answer oauth_json(unsigned status, const json::object& body) { return unstored({status, "application/json", {}, json::serialize(body)}); }

operation_answer oauth_error(std::string_view error, std::string_view description, unsigned status) {
    return oauth_json(status, {{"error", error}, {"error_description", description}});
}

operation_answer oauth_client_refusal(const operation_call& call) {
    const auto& rules = call.of->rules;
    auto answer = oauth_error("invalid_client", "the client is not known, or its secret is wrong", 401);
    if (rules.oauth.words_client_refusal) {
        const auto& word = rules.words.of(refusal::oauth_client_refused);
        refusal_facts facts;
        facts.instance = call.path;
        facts.method = call.method;
        facts.request_id = facts.trace_id = call.request_id;
        facts.environment = call.environment;
        answer.status = word.status;
        answer.content_type = word.content_type;
        answer.body.clear();
        rules.words.write_body(refusal::oauth_client_refused, facts, answer.body);
    }
    if (answer.status == 401) answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"oauth\"");
    return answer;
}

operation_answer oauth_unavailable(std::uint32_t retry_after_s) {
    auto answer = oauth_error("temporarily_unavailable", "try again in a moment", 503);
    answer.headers.emplace_back("Retry-After", fmt::format("{}", retry_after_s));
    return answer;
}

}  // namespace tollgate
