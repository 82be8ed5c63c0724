#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/registry/clients.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

const api* wanted_api(const operation_context& with, const std::string& name, field_problems& problems) {
    const auto* only = with.caller.only_api();
    if (only != nullptr && (name.empty() || name == only->name)) return only;
    const auto* found = only == nullptr && !name.empty() ? with.book.by_name(name) : nullptr;
    if (found == nullptr)
        problems.push_back({"api", name.empty() ? "is missing: name the API that the client is for" : fmt::format("no API `{}`", name)});
    return found;
}

result<oauth_client> reached_client(const operation_context& with, const operation_call& call) {
    if (call.parameters.empty()) return failure{errc::not_found, "no id"};
    auto record = client_directory(with.tokens).show(call.parameters.front());
    if (record && !with.caller.reaches(*record)) return failure{errc::not_found, "no such client"};
    return record;
}

// None is every scope of the API, which only those may give who reach all of it.
void confine_scopes(const operation_context& with, const api& of, const std::vector<std::string>& scopes, field_problems& problems) {
    if (scopes.empty() && with.caller.only_api() != nullptr) problems.push_back({"scopes", "name those that the client may ask for"});
    with.caller.confine_scopes(of, scopes, problems);
}

// With its secret, which a repeat does not get (C-1).
operation_answer answer_secret(unsigned status, const created_client& made) {
    auto body = client_view(made.record);
    auto kept = serialize(body);
    if (!made.text.empty()) body["client_secret"] = made.text.reveal();
    auto answer = answer_record(status, body, made.record.revision);
    answer.kept_body = std::move(kept);
    return answer;
}

operation_answer change_client(const operation_context& with, const operation_call& call, const update_client& wish, const char* action) {
    std::optional<std::uint64_t> revision;
    if (!read_if_match(call, revision)) return answer_problem(400, "If-Match is not one ETag", "write it as the record's ETag came, quotes included");
    const auto record = reached_client(with, call);
    if (!record) return answer_failure(record.error());
    const auto* of = with.book.by_name(record->api);
    if (of == nullptr) return answer_problem(409, "Not possible now", fmt::format("the API `{}` is not in the configuration", record->api));
    field_problems problems;
    if (wish.scopes) confine_scopes(with, *of, *wish.scopes, problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto done = client_directory(with.tokens).update(*of, record->id, wish, action, with.caller.who(), problems, revision);
    if (!done && !problems.empty()) return answer_fields(problems);
    if (!done) return answer_unchanged(done.error(), revision);
    return answer_record(200, client_view(*done), done->revision);
}

}  // namespace

operation_answer create_client_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto* of = wanted_api(with, body.text("api", problems), problems);
    create_client wish;
    wish.name = body.text("name", problems);
    wish.confidential = !body.flag("public", problems);
    wish.redirect_uris = body.texts("redirect_uris", problems);
    wish.grants = body.texts("grants", problems);
    wish.scopes = body.texts("scopes", problems);
    wish.environment = body.text("environment", problems);
    wish.tenant = body.text("tenant", problems);
    body.refuse_others(problems);
    with.caller.confine_tenant(wish.tenant, problems);
    if (of != nullptr) confine_scopes(with, *of, wish.scopes, problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto made = client_directory(with.tokens).add(*of, wish, with.caller.who(), problems);
    if (!made && !problems.empty()) return answer_fields(problems);
    if (!made) return answer_failure(made.error());
    auto answer = answer_secret(201, *made);
    answer.headers.emplace_back("Location", call.path + "/" + made->record.id);
    return answer;
}

operation_answer list_clients_operation(const operation_context& with, const operation_call& call) {
    field_problems problems;
    auto asked = read_query(call.query, {"api", "cursor", "limit"}, problems);
    client_query query{asked["api"], asked["cursor"], read_limit(asked, problems)};
    if (!problems.empty()) return answer_fields(problems);
    if (with.caller.only_api() != nullptr && query.api.empty()) query.api = with.caller.only_api()->name;
    const auto page = client_directory(with.tokens).list(query);
    if (!page) return answer_failure(page.error());
    json::array rows;
    for (const auto& record : page->clients)
        if (with.caller.reaches(record)) rows.push_back(client_view(record));
    return answer_rows(std::move(rows), page->next_cursor);
}

operation_answer show_client_operation(const operation_context& with, const operation_call& call) {
    const auto record = reached_client(with, call);
    if (!record) return answer_failure(record.error());
    return answer_record(200, client_view(*record), record->revision);
}

operation_answer update_client_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    update_client wish;
    wish.name = body.given_text("name", problems);
    wish.redirect_uris = body.given_texts("redirect_uris", problems);
    wish.grants = body.given_texts("grants", problems);
    wish.scopes = body.given_texts("scopes", problems);
    body.refuse_others(problems);
    if (!problems.empty()) return answer_fields(problems);
    return change_client(with, call, wish, "client.update");
}

operation_answer remove_client_operation(const operation_context& with, const operation_call& call) {
    update_client wish;
    wish.state = account_state::removed;
    auto done = change_client(with, call, wish, "client.remove");
    if (done.status != 200) return done;
    return {204, "", std::move(done.headers), ""};
}

operation_answer disable_client_operation(const operation_context& with, const operation_call& call) {
    update_client wish;
    wish.state = account_state::disabled;
    return change_client(with, call, wish, "client.disable");
}

operation_answer enable_client_operation(const operation_context& with, const operation_call& call) {
    update_client wish;
    wish.state = account_state::active;
    return change_client(with, call, wish, "client.enable");
}

operation_answer renew_client_secret_operation(const operation_context& with, const operation_call& call) {
    std::optional<std::uint64_t> revision;
    if (!read_if_match(call, revision)) return answer_problem(400, "If-Match is not one ETag", "write it as the record's ETag came, quotes included");
    const auto record = reached_client(with, call);
    if (!record) return answer_failure(record.error());
    const auto made = client_directory(with.tokens).renew_secret(record->id, with.caller.who(), revision);
    if (!made) return answer_unchanged(made.error(), revision);
    return answer_secret(200, *made);
}

}  // namespace tollgate
