// `me`: the user whom the calling token stands for, in the shape that the contract gives it.

#include "control/management_answers.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/registry/users.hpp"
#include "tollgate/rules/me_rules.hpp"

namespace tollgate {
namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }
json::value time_or_null(timestamp t) { return t.is_set() ? json::value(rfc3339(t)) : json::value(nullptr); }

json::value value_of(const user& u, std::string_view placeholder) {
    if (placeholder == "id") return text_or_null(u.id);
    if (placeholder == "number") return u.number == 0 ? json::value(nullptr) : json::value(u.number);
    if (placeholder == "user_name") return text_or_null(u.user_name);
    if (placeholder == "email") return text_or_null(u.email);
    if (placeholder == "email_verified_at") return time_or_null(u.email_verified_at.value_or(timestamp{}));
    if (placeholder == "first_name") return text_or_null(u.first_name);
    if (placeholder == "last_name") return text_or_null(u.last_name);
    if (placeholder == "name")
        return text_or_null(u.first_name.empty() || u.last_name.empty() ? u.first_name + u.last_name : u.first_name + " " + u.last_name);
    if (placeholder == "tenant") return text_or_null(u.tenant);
    if (placeholder == "subject") return text_or_null(u.subject);
    if (placeholder == "created_at") return time_or_null(u.created_at);
    return time_or_null(u.updated_at);
}

json::object object_of(const user& u, const me_rules& rules) {
    json::object out;
    for (const auto& m : rules) {
        if (!m.placeholder.empty()) out[m.name] = value_of(u, m.placeholder);
        else if (!m.literal.empty()) out[m.name] = json::parse(m.literal);
        else out[m.name] = object_of(u, m.members);
    }
    return out;
}

json::object generic_object(const user& u) {
    json::object out;
    for (const auto name : me_placeholders()) out[name] = value_of(u, name);
    return out;
}

// Whom the call stands for: a user who signed in, or the owner of a token. An owner whom the directory does not know is known by name alone.
result<user> user_of(registry& tokens, const operation_call& call) {
    constexpr std::string_view by_user = "user:", by_token = "token:";
    const std::string_view actor = call.actor;
    const user_directory users(tokens);
    if (actor.starts_with(by_user)) return users.show(actor.substr(by_user.size()));
    if (!actor.starts_with(by_token)) return failure{errc::not_found, "the call is nobody's"};
    const auto record = tokens.show(actor.substr(by_token.size()));
    if (!record) return record.error();
    if (record->owner.empty()) return failure{errc::not_found, "the token stands for nobody"};
    auto found = users.find_by_subject(call.of->name, record->owner);
    if (found || found.error().kind != errc::not_found) return found;
    user known;
    known.subject = record->owner;
    return known;
}

}  // namespace

operation_answer me_operation(const account_context& with, const operation_call& call) {
    const auto who = user_of(with.tokens, call);
    if (!who && who.error().kind != errc::not_found) return answer_failure(who.error());
    if (!who || who->state == account_state::removed) {
        operation_answer none{404, call.of->rules.words.of(refusal::route_not_found).content_type, {{"Cache-Control", "no-store"}}, ""};
        refusal_facts facts;
        facts.instance = call.path;
        facts.method = call.method;
        facts.request_id = facts.trace_id = call.request_id;
        call.of->rules.words.write_body(refusal::route_not_found, facts, none.body);
        return none;
    }
    return answer_json(200, call.of->rules.me.empty() ? generic_object(*who) : object_of(*who, call.of->rules.me));
}

}  // namespace tollgate
