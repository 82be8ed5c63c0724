#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/audit/audit_lines.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

#include <algorithm>

namespace tollgate {
namespace {

// An event does not say whose tenant it is about: who reaches a part of the gateway only reads none of it.
std::optional<operation_answer> refuse_part(const operation_context& with) {
    if (with.caller.reaches_all()) return std::nullopt;
    return answer_problem(403, "Not allowed", "the audit log is the whole gateway's");
}

// A moment, or how long ago it was.
std::optional<timestamp> read_since(const std::string& text, timestamp now, field_problems& problems) {
    if (text.empty()) return std::nullopt;
    if (const auto at = parse_rfc3339(text)) return *at;
    const auto ago = parse_duration(text);
    if (ago && !ago->never && ago->months == 0) return now + -ago->exact;
    problems.push_back({"since", "must be a moment like 2030-01-31T00:00:00Z, or how long ago, like 24h"});
    return std::nullopt;
}

std::vector<audit_log> logs_of(const operation_context& with, const std::string& name, field_problems& problems) {
    std::vector<audit_log> out;
    for (const auto& log : with.done.logs)
        if (name.empty() || log.name == name) out.push_back(log);
    if (out.empty()) problems.push_back({"log", "must be changes or denials"});
    return out;
}

}  // namespace

operation_answer list_audit_operation(const operation_context& with, const operation_call& call) {
    if (auto refused = refuse_part(with)) return std::move(*refused);
    field_problems problems;
    auto asked = read_query(call.query, {"token", "actor", "action", "since", "log", "order", "cursor", "limit"}, problems);
    audit_query query;
    query.token = asked["token"];
    query.actor = asked["actor"];
    query.action = asked["action"];
    query.since = read_since(asked["since"], with.time.now(), problems);
    query.oldest_first = asked["order"] == "oldest";
    query.cursor = asked["cursor"];
    query.limit = read_limit(asked, problems);
    if (const auto& order = asked["order"]; !order.empty() && order != "oldest" && order != "newest")
        problems.push_back({"order", "must be newest or oldest"});
    const auto logs = logs_of(with, asked["log"], problems);
    if (!problems.empty()) return answer_fields(problems);
    if (with.done.collect) with.done.collect();
    const auto page = read_audit(logs, query);
    if (!page) return answer_failure(page.error());
    json::array rows;
    for (const auto& e : page->entries) rows.push_back(audit_line(e.log, e.row));
    json::object body{{"data", std::move(rows)}, {"next_cursor", nullptr}, {"position", page->position}};
    if (!page->next_cursor.empty()) body["next_cursor"] = page->next_cursor;
    return answer_json(200, body);
}

operation_answer verify_audit_operation(const operation_context& with, const operation_call& call) {
    if (auto refused = refuse_part(with)) return std::move(*refused);
    field_problems problems;
    auto asked = read_query(call.query, {"head"}, problems);
    std::vector<named_head> heads;
    for (std::string_view rest = asked["head"]; !rest.empty();) {
        const auto one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        if (const auto head = named_head::parse(one)) heads.push_back(*head);
        else problems.push_back({"head", "must be REV:HEX, as the gateway's log says it"});
    }
    if (!problems.empty()) return answer_fields(problems);
    if (with.done.collect) with.done.collect();
    std::vector<checked_log> checked;
    for (const auto& log : with.done.logs) {
        auto check = verify_audit(log, {log.links}, heads_of(heads, log.name));
        if (!check) return answer_failure(check.error());
        checked.push_back({log.name, std::move(*check)});
    }
    return answer_json(200, verification_view(checked));
}

}  // namespace tollgate
