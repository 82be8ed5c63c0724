#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"

namespace tollgate {
namespace {

json::object event_view(const audit_event& event) {
    auto view = to_json(event);
    boost::system::error_code error;
    auto details = json::parse(event.details, error);
    view["details"] = error ? json::value(nullptr) : std::move(details);
    return view;
}

}  // namespace

// An event does not say whose tenant it is about: who reaches a part of the gateway only reads none of it.
operation_answer list_audit_operation(const operation_context& with, const operation_call& call) {
    if (!with.caller.reaches_all()) return answer_problem(403, "Not allowed", "the audit log is the whole gateway's");
    field_problems problems;
    const auto limit = read_limit(read_query(call.query, {"limit"}, problems), problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto events = with.tokens.audit(limit);
    if (!events) return answer_failure(events.error());
    json::array rows;
    for (const auto& event : *events) rows.push_back(event_view(event));
    return answer_rows(std::move(rows));
}

}  // namespace tollgate
