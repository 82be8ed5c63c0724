#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"
#include "control/use_views.hpp"

#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

// The API that a new token is for.
const api* wanted_api(const operation_context& with, const std::string& name, field_problems& problems) {
    const auto* only = with.caller.only_api();
    if (only != nullptr && (name.empty() || name == only->name)) return only;
    if (name.empty()) {
        problems.push_back({"api", "is missing: name the API that the token is for"});
        return nullptr;
    }
    const auto* found = only == nullptr ? with.book.by_name(name) : nullptr;
    if (found == nullptr) problems.push_back({"api", fmt::format("no API `{}`", name)});
    return found;
}

create_token read_wish(body_fields& body, field_problems& problems) {
    create_token wish;
    wish.name = body.text("name", problems);
    wish.kind = body.text("kind", problems);
    wish.audience = body.text("audience", problems);
    wish.environment = body.text("environment", problems);
    wish.tenant = body.text("tenant", problems);
    wish.owner = body.text("owner", problems);
    wish.scopes = body.texts("scopes", problems);
    wish.allowed_ips = body.texts("allowed_ips", problems);
    wish.expires_in = body.text("expires_in", problems);
    wish.expires_at = body.text("expires_at", problems);
    return wish;
}

// The generation whose text this is: its digest is of the whole text, or of what follows `<digits>|`.
const token_generation* generation_of(const token& record, std::string_view text) {
    const auto bar = text.find('|');
    const auto whole = hex(sha256(text).bytes);
    const auto rest = bar == std::string_view::npos ? whole : hex(sha256(text.substr(bar + 1)).bytes);
    const auto is = [&](const token_generation& g) { return g.digest == whole || g.digest == rest; };
    const auto found = std::ranges::find_if(record.generations, is);
    return found == record.generations.end() ? nullptr : &*found;
}

// Why the text does not work at `now`; empty: it does.
std::string_view why_not(const token& record, std::string_view text, timestamp now) {
    if (record.state == token_state::revoked) return "revoked";
    if (record.state == token_state::disabled) return "disabled";
    if (record.expires_at && *record.expires_at <= now) return "expired";
    const auto* generation = generation_of(record, text);
    if (generation == nullptr || (generation->ends_at && *generation->ends_at <= now)) return "superseded";
    return {};
}

token_query read_token_query(const operation_context& with, const operation_call& call, field_problems& problems) {
    auto query =
        read_query(call.query, {"api", "owner", "tenant", "state", "scope", "q", "expires_before", "unused_for", "cursor", "limit"}, problems);
    token_query out;
    out.api = query["api"];
    out.owner = query["owner"];
    out.tenant = query["tenant"];
    out.scope = query["scope"];
    out.q = query["q"];
    if (const auto& at = query["expires_before"]; !at.empty()) out.expires_before = read_time("expires_before", at, with.time.now(), problems);
    out.cursor = query["cursor"];
    out.limit = read_limit(query, problems);
    out.keep = read_unused_for(query["unused_for"], with, problems);
    token_state state{};
    if (const auto& text = query["state"]; boost::describe::enum_from_string(text.c_str(), state)) out.state = state;
    else if (!text.empty()) problems.push_back({"state", "must be active, disabled or revoked"});
    if (with.caller.only_api() != nullptr && out.api.empty()) out.api = with.caller.only_api()->name;
    if (with.caller.only_tenant() && out.tenant.empty()) out.tenant = *with.caller.only_tenant();
    if (!with.caller.only_owner()) return out;
    out.owner = *with.caller.only_owner();
    if (!out.state)  // what somebody has taken away is not listed to them for ever
        out.keep = [keep = std::move(out.keep)](const token& t) { return t.state != token_state::revoked && (!keep || keep(t)); };
    return out;
}

}  // namespace

json::object used_token_view(const operation_context& with, const token& record) {
    auto view = token_view(record, with.book.by_name(record.api));
    put_last_use(view, with, record);
    return view;
}

result<token> reached_token(const operation_context& with, const operation_call& call) {
    if (call.parameters.empty()) return failure{errc::not_found, "no id"};
    auto record = with.tokens.show(call.parameters.front());
    if (record && !with.caller.reaches(*record)) return failure{errc::not_found, "no such token"};
    return record;
}

operation_answer create_token_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto* of = wanted_api(with, body.text("api", problems), problems);
    auto wish = read_wish(body, problems);
    body.refuse_others(problems);
    if (of != nullptr) with.caller.confine(*of, wish, problems);
    if (!problems.empty()) return answer_fields(problems);

    auto made = with.tokens.create(*of, wish, with.caller.who(), problems);
    if (!problems.empty()) return answer_fields(problems);
    if (!made) return answer_failure(made.error());
    auto view = token_view(made->record, of);
    auto kept = serialize(view);
    view["token"] = made->text.reveal();
    auto answer = answer_record(201, view, made->record.revision);
    answer.kept_body = std::move(kept);
    answer.headers.emplace_back("Location", call.path + "/" + made->record.id);
    return answer;
}

operation_answer list_tokens_operation(const operation_context& with, const operation_call& call) {
    field_problems problems;
    const auto query = read_token_query(with, call, problems);
    if (!problems.empty()) return answer_fields(problems);
    if (with.done.collect) with.done.collect();
    const auto page = with.tokens.list(query);
    if (!page) return answer_failure(page.error());
    json::array rows;
    for (const auto& record : page->tokens)
        if (with.caller.reaches(record)) rows.push_back(used_token_view(with, record));
    return answer_rows(std::move(rows), page->next_cursor);
}

operation_answer show_token_operation(const operation_context& with, const operation_call& call) {
    const auto record = reached_token(with, call);
    if (!record) return answer_failure(record.error());
    if (with.done.collect) with.done.collect();
    return answer_record(200, used_token_view(with, *record), record->revision);
}

operation_answer verify_token_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const secret text(body.text("token", problems));
    body.refuse_others(problems);
    if (problems.empty() && text.empty()) problems.push_back({"token", "is missing"});
    if (!problems.empty()) return answer_fields(problems);

    const auto record = with.tokens.find_by_secret(text.reveal());
    if (!record && record.error().kind != errc::not_found) return answer_failure(record.error());
    if (!record || !with.caller.reaches(*record)) return answer_json(200, {{"valid", false}, {"reason", "unknown"}, {"record", nullptr}});
    const auto reason = why_not(*record, text.reveal(), with.time.now());
    json::object answer{{"valid", reason.empty()}, {"reason", nullptr}, {"record", token_view(*record, with.book.by_name(record->api))}};
    if (!reason.empty()) answer["reason"] = reason;
    return answer_json(200, answer);
}

}  // namespace tollgate
