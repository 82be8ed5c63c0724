// What callers of the management API send: bodies, queries, times, If-Match.
#include "control/management_input.hpp"
#include "fuzz/fuzz.hpp"

using namespace tollgate;

FUZZ_TARGET(management_input) {
    fuzz::input in(bytes);
    field_problems problems;
    operation_call call;
    const std::string query(in.line()), match(in.line()), time(in.line());
    call.headers = {{"content-type", "application/json"}, {"if-match", match}};
    call.body = in.rest();
    const auto values = read_query(query, {"limit", "cursor", "q"}, problems);
    for (const auto& [name, value] : values) DEMAND(name == "limit" || name == "cursor" || name == "q");
    const auto limit = read_limit(values, problems);
    DEMAND(limit >= 1 && limit <= bounds::page_rows);
    (void)read_time("since", time, {1'800'000'000'000'000}, problems);
    std::optional<std::uint64_t> revision;
    if (read_if_match(call, revision) && revision) DEMAND(match.starts_with('"') && match.ends_with('"'));
    auto body = body_fields::read(call);
    if (auto* fields = std::get_if<body_fields>(&body)) {
        (void)fields->text("name", problems);
        (void)fields->texts("scopes", problems);
        (void)fields->given_texts("allowed_ips", problems);
        (void)fields->flag("dry_run", problems);
        (void)fields->count("expected", problems);
        fields->refuse_others(problems);
    } else {
        DEMAND(std::get<operation_answer>(body).status == 400);
    }
}
