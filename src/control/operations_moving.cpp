// Moving in and out: tokens by their digests, and the whole store. All of it is the whole gateway's affair.
#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::string_view lines_type = "application/x-ndjson";

bool is_operator(const operation_context& with) { return with.caller.who().actor.starts_with("operator:"); }

operation_answer not_the_whole() { return answer_problem(403, "Not allowed", "moving tokens in and out is the whole gateway's affair"); }

bool has_lines(const operation_call& call) {
    const auto type = std::ranges::find(call.headers, "content-type", [](const auto& h) { return std::string_view(h.first); });
    return type != call.headers.end() && equal_ignoring_case(std::string_view(type->second).substr(0, lines_type.size()), lines_type);
}

bool read_flag(const std::string& text, const char* name, field_problems& problems) {
    if (!text.empty() && text != "true" && text != "false") problems.push_back({name, "must be true or false"});
    return text == "true";
}

}  // namespace

operation_answer import_tokens_operation(const operation_context& with, const operation_call& call) {
    if (!with.caller.reaches_all()) return not_the_whole();
    if (!has_lines(call)) return answer_problem(415, "The body is not lines of JSON", "send Content-Type: application/x-ndjson");
    field_problems problems;
    auto query = read_query(call.query, {"api", "format", "dry_run"}, problems);
    import_options how{
        &with.book, query["api"], query["format"], is_operator(with) ? "" : call.of->name, read_flag(query["dry_run"], "dry_run", problems)};
    if (!how.api.empty() && with.book.by_name(how.api) == nullptr) problems.push_back({"api", fmt::format("no API `{}`", how.api)});
    if (!problems.empty()) return answer_fields(problems);
    const auto done = with.tokens.import_lines(call.body, how, with.caller.who());
    if (!done) return answer_failure(done.error());
    json::array refused;
    for (const auto& p : done->problems) refused.push_back(json::object{{"line", p.line}, {"field", p.field}, {"what", p.what}});
    return answer_json(200, {{"imported", done->imported}, {"unchanged", done->unchanged}, {"problems", std::move(refused)}});
}

operation_answer export_tokens_operation(const operation_context& with, const operation_call& call) {
    if (!with.caller.reaches_all()) return not_the_whole();
    field_problems problems;
    auto query = read_query(call.query, {"api", "cursor"}, problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto page = with.tokens.export_records(query["api"], query["cursor"]);
    if (!page) return answer_failure(page.error());
    if (query["cursor"].empty()) {  // once an export, however many its pages
        const auto& who = with.caller.who();
        const auto told = with.tokens.note({with.time.now(), who.actor, {}, who.from, "token.export", query["api"], {}, "{}"});
        if (!told) return answer_failure(told.error());
    }
    // Records are JSON already; a page has a thousand.
    auto answer = answer_json(200, {});
    answer.body = R"({"data":[)";
    for (const auto& record : page->records) answer.body.append(answer.body.ends_with('[') ? "" : ",").append(record);
    answer.body += "],\"next_cursor\":" + (page->next_cursor.empty() ? std::string("null") : '"' + page->next_cursor + '"') + "}";
    return answer;
}

operation_answer backup_store_operation(const operation_context& with, const operation_call& call) {
    if (!is_operator(with)) return answer_problem(403, "Not allowed", "a copy of the store is made by the operator alone, over the socket");
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto directory = body.text("directory", problems);
    body.refuse_others(problems);
    if (problems.empty() && !directory.starts_with('/'))
        problems.push_back({"directory", "must be an absolute path of a directory that does not exist"});
    if (!problems.empty()) return answer_fields(problems);
    const auto done = with.tokens.backup(directory, with.caller.who());
    if (!done && done.error().kind == errc::exists) return answer_fields({{"directory", done.error().what}});
    if (!done) return answer_problem(503, "No copy was made", done.error().what);
    return answer_json(201, {{"directory", directory}, {"revision", *done}});
}

}  // namespace tollgate
