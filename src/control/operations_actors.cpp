#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

// The API in whose registry a new actor goes.
const api* wanted_api(const operation_context& with, const std::string& name, field_problems& problems) {
    const auto* only = with.caller.only_api();
    if (only != nullptr && (name.empty() || name == only->name)) return only;
    const auto* found = only == nullptr && !name.empty() ? with.book.by_name(name) : nullptr;
    if (found == nullptr)
        problems.push_back({"api", name.empty() ? "is missing: name the API in whose registry it goes" : fmt::format("no API `{}`", name)});
    return found;
}

// The record of path parameter 0, if the caller may know of it.
result<actor> reached_actor(const operation_context& with, const operation_call& call) {
    if (call.parameters.empty()) return failure{errc::not_found, "no id"};
    auto record = with.tokens.show_actor(call.parameters.front());
    if (record && !with.caller.reaches(*record)) return failure{errc::not_found, "no such actor"};
    return record;
}

}  // namespace

operation_answer create_actor_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto* of = wanted_api(with, body.text("api", problems), problems);
    create_actor wish;
    wish.name = body.text("name", problems);
    wish.environment = body.text("environment", problems);
    wish.tenant = body.text("tenant", problems);
    body.refuse_others(problems);
    with.caller.confine(wish, problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto made = with.tokens.add_actor(*of, wish, with.caller.who(), problems);
    if (!made && !problems.empty()) return answer_fields(problems);
    if (!made) return answer_failure(made.error());
    auto answer = answer_record(201, actor_view(*made), made->revision);
    answer.headers.emplace_back("Location", call.path + "/" + made->id);
    return answer;
}

operation_answer list_actors_operation(const operation_context& with, const operation_call& call) {
    field_problems problems;
    auto asked = read_query(call.query, {"api", "tenant", "environment", "cursor", "limit"}, problems);
    actor_query query{asked["api"], asked["tenant"], asked["environment"], asked["cursor"], read_limit(asked, problems)};
    if (!problems.empty()) return answer_fields(problems);
    if (with.caller.only_api() != nullptr && query.api.empty()) query.api = with.caller.only_api()->name;
    if (with.caller.only_tenant() && query.tenant.empty()) query.tenant = *with.caller.only_tenant();
    if (with.caller.only_environment() && query.environment.empty()) query.environment = *with.caller.only_environment();
    const auto page = with.tokens.list_actors(query);
    if (!page) return answer_failure(page.error());
    json::array rows;
    for (const auto& record : page->actors)
        if (with.caller.reaches(record)) rows.push_back(actor_view(record));
    return answer_rows(std::move(rows), page->next_cursor);
}

operation_answer show_actor_operation(const operation_context& with, const operation_call& call) {
    const auto record = reached_actor(with, call);
    if (!record) return answer_failure(record.error());
    return answer_record(200, actor_view(*record), record->revision);
}

operation_answer remove_actor_operation(const operation_context& with, const operation_call& call) {
    std::optional<std::uint64_t> revision;
    if (!read_if_match(call, revision)) return answer_problem(400, "If-Match is not one ETag", "write it as the record's ETag came, quotes included");
    const auto record = reached_actor(with, call);
    if (!record) return answer_failure(record.error());
    const auto removed = with.tokens.remove_actor(record->id, with.caller.who(), revision);
    if (!removed && removed.error().kind == errc::conflict && revision) return answer_problem(412, "The record has changed", "read it again");
    if (!removed) return answer_failure(removed.error());
    return {204, "", {{"ETag", etag_of(removed->revision)}}, ""};
}

}  // namespace tollgate
