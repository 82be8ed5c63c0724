#include "control/management_answers.hpp"
#include "control/operations.hpp"

namespace tollgate {
namespace {

// The API of path parameter 0 (or the one that the operation is mounted on), if the caller may know of it.
const api* reached_api(const operation_context& with, const operation_call& call) {
    if (call.parameters.empty()) return with.caller.only_api();
    const auto& name = call.parameters.front();
    return with.caller.reaches_api(name) ? with.book.by_name(name) : nullptr;
}

}  // namespace

operation_answer list_apis_operation(const operation_context& with, const operation_call&) {
    json::array rows;
    for (const auto& of : with.book.apis())
        if (with.caller.reaches_api(of->name)) rows.push_back(api_view(with.book, *of));
    return answer_rows(std::move(rows));
}

operation_answer list_routes_operation(const operation_context& with, const operation_call& call) {
    const auto* of = reached_api(with, call);
    if (of == nullptr) return answer_problem(404, "Not found");
    json::array rows;
    for (const auto& r : of->routes.routes()) rows.push_back(route_view(r));
    return answer_rows(std::move(rows));
}

operation_answer list_scopes_operation(const operation_context& with, const operation_call& call) {
    const auto* of = reached_api(with, call);
    if (of == nullptr) return answer_problem(404, "Not found");
    json::array rows;
    for (const auto& scope : of->catalogue) rows.push_back(scope_view(scope, of->rules));
    return answer_rows(std::move(rows));
}

}  // namespace tollgate
