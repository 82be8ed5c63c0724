#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"
#include "control/use_views.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/model/token_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tollgate {
namespace {

struct usage_wish {
    token_id id;
    timestamp from, to;
    usage_step step = usage_step::hour;
};

std::optional<timestamp> read_time(std::map<std::string, std::string>& asked, const char* name, field_problems& problems) {
    const auto& text = asked[name];
    if (text.empty()) return std::nullopt;
    const auto at = parse_rfc3339(text);
    if (!at) problems.push_back({name, "must be a moment like 2030-01-31T00:00:00Z"});
    return at ? std::optional(*at) : std::nullopt;
}

usage_step read_step(const std::string& text, field_problems& problems) {
    if (text == "minute") return usage_step::minute;
    if (text == "day") return usage_step::day;
    if (!text.empty() && text != "hour") problems.push_back({"step", "must be minute, hour or day"});
    return usage_step::hour;
}

// Without `from`: the last hour, day or thirty days, as the step is.
std::chrono::microseconds usual_span(usage_step step) noexcept {
    switch (step) {
        case usage_step::minute: return std::chrono::hours(1);
        case usage_step::hour: return std::chrono::hours(24);
        case usage_step::day: return std::chrono::hours(30 * 24);
    }
    return std::chrono::hours(24);
}

usage_wish read_wish(std::map<std::string, std::string>& asked, timestamp now, field_problems& problems) {
    usage_wish out;
    const auto id = token_id::parse(asked["token"]);
    if (id) out.id = *id;
    else problems.push_back({"token", asked["token"].empty() ? "is missing: name a token's id" : "is no token's id"});
    out.step = read_step(asked["step"], problems);
    out.to = read_time(asked, "to", problems).value_or(timestamp{now.us + 1});
    out.from = read_time(asked, "from", problems).value_or(out.to + -usual_span(out.step));
    if (out.from >= out.to) problems.push_back({"from", "must be before `to`"});
    else if ((out.to.us - out.from.us) / length_of(out.step).count() > static_cast<std::int64_t>(bounds::usage_rows))
        problems.push_back({"step", fmt::format("gives more than {} steps: take a longer one, or a shorter time", bounds::usage_rows)});
    return out;
}

json::array series_view(const std::vector<usage_row>& rows) {
    json::array out;
    for (const auto& r : rows) {
        out.push_back(json::object{{"start", rfc3339(r.start)}, {"requests", r.requests}, {"denials", r.denials},
            {"latency_mean_us", r.requests == 0 ? 0 : r.latency_sum_us / r.requests}, {"latency_max_us", r.latency_max_us}});
    }
    return out;
}

json::array addresses_view(const std::vector<address_use>& addresses) {
    json::array out;
    for (const auto& a : addresses) {
        out.push_back(json::object{{"address", use_address_text(a.from)}, {"first_at", rfc3339(a.first)}, {"last_at", rfc3339(a.last)},
            {"requests", a.requests}, {"denials", a.denials}});
    }
    return out;
}

// Every granted scope, with when it was needed last; null: never.
json::array scopes_view(const token& record, const api* of, const std::map<scope_number, scope_use>& used) {
    json::array out;
    for (const auto& name : record.scopes) {
        const auto number = of == nullptr ? std::nullopt : of->scope(name);
        const auto found = number ? used.find(*number) : used.end();
        json::object row{{"scope", name}, {"last_used_at", nullptr}, {"requests", 0}};
        if (found != used.end()) {
            row["last_used_at"] = rfc3339(found->second.last);
            row["requests"] = found->second.requests;
        }
        out.push_back(std::move(row));
    }
    return out;
}

json::array routes_view(const std::vector<route_use>& routes) {
    json::array out;
    for (const auto& r : routes) {
        const auto space = r.route.find(' ');
        const bool named = space != std::string::npos;
        out.push_back(json::object{{"method", named ? r.route.substr(0, space) : ""}, {"path", named ? r.route.substr(space + 1) : r.route},
            {"last_at", rfc3339(r.last)}, {"requests", r.requests}, {"denials", r.denials},
            {"latency_mean_us", r.requests == 0 ? 0 : r.latency_sum_us / r.requests}, {"latency_max_us", r.latency_max_us}});
    }
    return out;
}

// The fewest scopes with which the token could go on doing what it did: of each route that let it through, those of the first alternative that
// it holds. Without what `?include=` needed besides, which nobody counts. In the catalogue's order.
json::array proposed_scopes(const token& record, const api& of, const std::vector<route_use>& used) {
    std::set<std::string> held, needed;
    for (const auto& scope : record.scopes)
        for (auto& reached : of.rules.closure(scope)) held.insert(std::move(reached));
    const auto& wildcard = of.rules.scopes.wildcard;
    const bool all = record.full_access || (!wildcard.empty() && held.contains(wildcard));
    for (const auto& r : of.routes.routes()) {
        const auto does = [&](const route_use& u) { return u.requests > u.denials && u.route == r.method + ' ' + r.path; };
        if (std::ranges::none_of(used, does)) continue;
        const auto holds = [&](const demand& d) {
            return all || std::ranges::all_of(d.all_of, [&](const demand::scope& s) { return held.contains(s.name); });
        };
        const auto by = std::ranges::find_if(r.any_of, holds);
        if (by != r.any_of.end())
            for (const auto& s : by->all_of) needed.insert(s.name);
    }
    json::array out;
    for (const auto& entry : of.catalogue)
        if (needed.contains(entry.name)) out.emplace_back(entry.name);
    return out;
}

}  // namespace

operation_answer show_usage_operation(const operation_context& with, const operation_call& call) {
    field_problems problems;
    auto asked = read_query(call.query, {"token", "from", "to", "step"}, problems);
    const auto wish = read_wish(asked, with.time.now(), problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto record = with.tokens.show(wish.id.text());
    if (!record) return answer_failure(record.error());
    if (!with.caller.reaches(*record)) return answer_failure({errc::not_found, "no such token"});
    if (with.done.uses == nullptr) return answer_failure({errc::unavailable, "nobody counts the use of tokens here"});
    if (with.done.collect) with.done.collect();
    const auto series = with.done.uses->series(wish.id, wish.from, wish.to, wish.step);
    if (!series) return answer_failure(series.error());
    const auto addresses = with.done.uses->addresses(wish.id);
    if (!addresses) return answer_failure(addresses.error());
    const auto scopes = with.done.uses->scopes(wish.id);
    if (!scopes) return answer_failure(scopes.error());
    const auto routes = with.done.uses->routes(wish.id);
    if (!routes) return answer_failure(routes.error());
    const auto* of = with.book.by_name(record->api);
    json::object body{{"token", record->id}, {"data", series_view(*series)}, {"next_cursor", nullptr}, {"last_used_at", nullptr},
        {"last_used_ip", nullptr}, {"expires_at", nullptr}, {"scopes", scopes_view(*record, of, *scopes)},
        {"proposed_scopes", of == nullptr ? json::array() : proposed_scopes(*record, *of, *routes)}, {"routes", routes_view(*routes)},
        {"addresses", addresses_view(*addresses)}};
    put_last_use(body, with, *record);
    if (record->expires_at) body["expires_at"] = rfc3339(*record->expires_at);
    return answer_json(200, body);
}

}  // namespace tollgate
