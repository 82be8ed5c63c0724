// What is done to tokens that exist: change, rotate, disable, enable, revoke one or many.
#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"

namespace tollgate {
namespace {

// A record that the call names and reaches, and the terms on which it may change.
struct target {
    token record;
    const api* of = nullptr;  // nullptr: the configuration has it no more
    change_terms terms;
};

// The target, or the answer that refuses the call.
std::variant<target, operation_answer> read_target(const operation_context& with, const operation_call& call) {
    target out;
    out.terms.who = with.caller.who();
    if (!read_if_match(call, out.terms.if_revision))
        return answer_problem(400, "If-Match is not one ETag", "write it as the record's ETag came, quotes included");
    auto record = reached_token(with, call);
    if (!record) return answer_failure(record.error());
    out.record = std::move(*record);
    out.of = with.book.by_name(out.record.api);
    return out;
}

operation_answer no_api() { return answer_problem(409, "Not possible in this state", "the token's API is not configured any more"); }

operation_answer answer_target(const operation_context& with, const target& at, const result<token>& changed) {
    if (!changed) return answer_unchanged(changed.error(), at.terms.if_revision);
    return answer_record(200, used_token_view(with, *changed), changed->revision);
}

update_token read_update(body_fields& body, field_problems& problems) {
    update_token wish;
    wish.name = body.given_text("name", problems);
    wish.scopes = body.given_texts("scopes", problems);
    wish.allowed_ips = body.given_texts("allowed_ips", problems);
    wish.expires_in = body.given_text("expires_in", problems);
    wish.expires_at = body.given_text("expires_at", problems);
    return wish;
}

// `grace` of the query, else of the body; nothing: the contract's.
std::optional<lifetime> read_grace(const operation_call& call, body_fields& body, field_problems& problems) {
    auto query = read_query(call.query, {"grace"}, problems);
    auto text = body.text("grace", problems);
    if (const auto& in_query = query["grace"]; !in_query.empty()) text = in_query;
    if (text.empty()) return std::nullopt;
    const auto grace = parse_grace(text);
    if (!grace) problems.push_back({"grace", grace.error().what});
    return grace ? std::optional(*grace) : std::nullopt;
}

bulk_revocation read_bulk(const operation_context& with, body_fields& body, field_problems& problems) {
    bulk_revocation out;
    out.api = body.text("api", problems);
    out.owner = body.text("owner", problems);
    out.tenant = body.text("tenant", problems);
    if (const auto at = body.text("issued_before", problems); !at.empty()) {
        const auto time = parse_rfc3339(at);
        if (time) out.issued_before = *time;
        else problems.push_back({"issued_before", "must be a time like 2027-01-31T00:00:00Z"});
    }
    out.expected = body.count("expected", problems);
    out.count_only = body.flag("count_only", problems);
    if (problems.empty() && out.owner.empty() && out.tenant.empty() && !out.issued_before)
        problems.push_back({"owner", "say which tokens: write at least one of owner, tenant and issued_before"});
    if (with.caller.only_api() != nullptr && out.api.empty()) out.api = with.caller.only_api()->name;
    if (with.caller.only_tenant() && out.tenant.empty()) out.tenant = *with.caller.only_tenant();
    out.reached = [&caller = with.caller](const token& t) { return caller.reaches(t); };
    return out;
}

}  // namespace

operation_answer answer_unchanged(const failure& why, const std::optional<std::uint64_t>& if_revision) {
    if (why.kind == errc::conflict && if_revision) return answer_problem(412, "The record has changed", "read it again");
    return answer_failure(why);
}

operation_answer update_token_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto wish = read_update(body, problems);
    body.refuse_others(problems);
    if (!problems.empty()) return answer_fields(problems);

    const auto found = read_target(with, call);
    if (const auto* refused = std::get_if<operation_answer>(&found)) return *refused;
    const auto& at = std::get<target>(found);
    if (at.of == nullptr) return no_api();
    if (wish.scopes) with.caller.confine_scopes(*at.of, *wish.scopes, problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto changed = with.tokens.update(*at.of, at.record.id, wish, at.terms, problems);
    if (!problems.empty()) return answer_fields(problems);
    return answer_target(with, at, changed);
}

operation_answer rotate_token_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read_if_any(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto grace = read_grace(call, body, problems);
    body.refuse_others(problems);
    if (!problems.empty()) return answer_fields(problems);

    auto found = read_target(with, call);
    if (auto* refused = std::get_if<operation_answer>(&found)) return std::move(*refused);
    auto& at = std::get<target>(found);
    if (at.of == nullptr) return no_api();
    at.terms.allowed = [&](const token& t) { return with.caller.may_be_handed(*at.of, t); };
    const auto rotated = with.tokens.rotate(*at.of, at.record.id, at.terms, grace);
    if (!rotated) return answer_unchanged(rotated.error(), at.terms.if_revision);
    auto view = used_token_view(with, rotated->record);
    auto kept = json::serialize(view);
    view["token"] = rotated->text.reveal();
    auto answer = answer_record(200, view, rotated->record.revision);
    answer.kept_body = std::move(kept);
    return answer;
}

operation_answer finish_grace_operation(const operation_context& with, const operation_call& call) {
    const auto found = read_target(with, call);
    if (const auto* refused = std::get_if<operation_answer>(&found)) return *refused;
    const auto& at = std::get<target>(found);
    return answer_target(with, at, with.tokens.finish_grace(at.record.id, at.terms));
}

operation_answer disable_token_operation(const operation_context& with, const operation_call& call) {
    const auto found = read_target(with, call);
    if (const auto* refused = std::get_if<operation_answer>(&found)) return *refused;
    const auto& at = std::get<target>(found);
    return answer_target(with, at, with.tokens.disable(at.record.id, at.terms));
}

operation_answer enable_token_operation(const operation_context& with, const operation_call& call) {
    const auto found = read_target(with, call);
    if (const auto* refused = std::get_if<operation_answer>(&found)) return *refused;
    const auto& at = std::get<target>(found);
    return answer_target(with, at, with.tokens.enable(at.record.id, at.terms));
}

operation_answer revoke_token_operation(const operation_context& with, const operation_call& call) {
    const auto found = read_target(with, call);
    if (const auto* refused = std::get_if<operation_answer>(&found)) return *refused;
    const auto& at = std::get<target>(found);
    const auto revoked = with.tokens.revoke(at.record.id, at.terms.who, at.terms.if_revision);
    if (!revoked) return answer_unchanged(revoked.error(), at.terms.if_revision);
    return {204, "", {{"ETag", etag_of(revoked->revision)}}, ""};
}

operation_answer revoke_tokens_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto which = read_bulk(with, body, problems);
    body.refuse_others(problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto done = with.tokens.revoke_all(which, with.caller.who());
    if (!done) return answer_failure(done.error());
    return answer_json(200, {{"matched", done->matched}, {"revoked", done->revoked}});
}

}  // namespace tollgate
