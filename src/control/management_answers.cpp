#include "control/management_answers.hpp"

#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr unsigned retry_after_s = 1;

operation_answer problem_answer(const json::object& body, unsigned status) {
    return {status, "application/problem+json", {{"Cache-Control", "no-store"}}, serialize(body)};
}

json::object problem_body(unsigned status, std::string_view title, std::string_view detail) {
    json::object body{{"type", "about:blank"}, {"title", title}, {"status", status}};
    if (!detail.empty()) body["detail"] = detail;
    return body;
}

}  // namespace

operation_answer answer_json(unsigned status, const json::object& body) {
    return {status, "application/json", {{"Cache-Control", "no-store"}}, serialize(body)};
}

operation_answer answer_rows(json::array rows, std::string_view next_cursor) {
    json::object body{{"data", std::move(rows)}, {"next_cursor", nullptr}};
    if (!next_cursor.empty()) body["next_cursor"] = next_cursor;
    return answer_json(200, body);
}

operation_answer answer_record(unsigned status, const json::object& body, std::uint64_t revision) {
    auto answer = answer_json(status, body);
    answer.headers.emplace_back("ETag", etag_of(revision));
    return answer;
}

operation_answer answer_problem(unsigned status, std::string_view title, std::string_view detail) {
    return problem_answer(problem_body(status, title, detail), status);
}

operation_answer answer_fields(const std::vector<field_problem>& problems) {
    auto body = problem_body(422, "The input is not valid", {});
    auto& errors = body["errors"].emplace_array();
    for (const auto& p : problems) errors.push_back(json::object{{"field", p.field}, {"what", p.what}});
    return problem_answer(body, 422);
}

operation_answer answer_failure(const failure& why) {
    switch (why.kind) {
        case errc::not_found: return answer_problem(404, "Not found");
        case errc::refused: return answer_problem(403, "Not allowed", why.what);
        case errc::wrong_state: return answer_problem(409, "Not possible in this state", why.what);
        case errc::exists:
        case errc::conflict: return answer_problem(409, "The record has changed", why.what);
        case errc::invalid: return answer_problem(422, "The input is not valid", why.what);
        case errc::full:
        case errc::unavailable:
        case errc::corrupt:
        case errc::unknown_outcome:
        case errc::io: break;
    }
    const bool unknown = why.kind == errc::unknown_outcome;
    auto answer =
        answer_problem(503, "Temporarily unavailable", unknown ? "Whether the change happened is not known: look before you try again" : "");
    answer.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
    answer.outcome_unknown = unknown;
    return answer;
}

std::string etag_of(std::uint64_t revision) { return fmt::format("\"{}\"", revision); }

}  // namespace tollgate
