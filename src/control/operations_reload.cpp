#include "tollgate/control/reload_desk.hpp"

#include "control/management_answers.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

std::string place_of(const problem& p) { return p.line > 0 ? fmt::format("{}:{}", p.file, p.line) : p.file; }

operation_answer refused(const failure& why, const problem_list& problems) {
    std::vector<field_problem> errors;
    for (const auto& p : problems.items())
        if (p.severity == problem::level::error) errors.push_back({place_of(p), p.where.empty() ? p.what : p.where + ": " + p.what});
    return errors.empty() ? answer_failure(why) : answer_fields(errors);
}

}  // namespace

void add_reload(operation_table& table, registry& tokens, const clock& time, reload_desk desk) {
    table["config.reload"] = [&tokens, &time, desk = std::move(desk)](const operation_call& call) {
        if (!call.actor.starts_with("operator:"))
            return answer_problem(403, "Not allowed", "the configuration is reloaded by the operator alone, over the socket");
        problem_list problems;
        const auto done = desk.reload(problems);
        const json::object details{{"done", done.has_value()}};
        const auto told = tokens.note({time.now(), call.actor, {}, call.from, "config.reload", {}, {}, serialize(details)});
        if (!done) return refused(done.error(), problems);
        if (!told) return answer_failure(told.error());
        json::array warnings;
        for (const auto& p : problems.items()) warnings.push_back(json::value(p.text()));
        return answer_json(200, {{"in_force", desk.summary()}, {"warnings", std::move(warnings)}});
    };
}

}  // namespace tollgate
