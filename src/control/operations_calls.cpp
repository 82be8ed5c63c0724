// Who called which routes, beside what is decided about such calls now: what `tollgate diff` holds against other rules.
#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/registry/authorizations.hpp"
#include "tollgate/registry/clients.hpp"
#include "tollgate/rules/rehearsal.hpp"

#include <fmt/format.h>

#include <optional>

namespace tollgate {
namespace {

// Who is behind the calls; an authorization or a client as if it were a token, which is how it is judged.
struct called_by {
    std::string_view what;
    token record;
};

token as_token(const authorization& a, const std::string& client_name) {
    token out;
    out.id = a.id;
    out.api = a.api;
    out.name = fmt::format("{} for {}", client_name, a.user);
    out.kind = a.kind;
    out.audience = a.audience;
    out.environment = a.environment;
    out.tenant = a.tenant;
    out.owner = a.owner;
    out.scopes = a.scopes;
    out.version = a.version;
    out.assurance = a.assurance;
    out.state = a.state;
    out.expires_at = a.expires_at;
    return out;
}

// As its next access token will be.
token as_token(const oauth_client& c, const api* of) {
    token out;
    out.id = c.id;
    out.api = c.api;
    out.name = c.name;
    if (of != nullptr) out.kind = of->rules.oauth.kind;
    out.environment = c.environment;
    out.tenant = c.tenant;
    out.scopes = c.scopes;
    out.full_access = c.scopes.empty();
    out.state = c.state == account_state::active ? token_state::active : token_state::disabled;
    return out;
}

// Nothing: an id that the store has no record of any more.
result<std::optional<called_by>> find_caller(const operation_context& with, const token_id& id) {
    const auto missing = [](const failure& why) {
        return why.kind == errc::not_found ? result<std::optional<called_by>>(std::optional<called_by>()) : why;
    };
    if (auto record = with.tokens.show(id.text())) return std::optional(called_by{"token", std::move(*record)});
    else if (record.error().kind != errc::not_found) return record.error();
    const client_directory clients(with.tokens);
    const auto allowed = authorization_book(with.tokens).show(id.text(token_id::authorization_prefix));
    if (allowed) {
        const auto client = clients.show(allowed->client);
        return std::optional(called_by{"authorization", as_token(*allowed, client ? client->name : allowed->client)});
    }
    if (allowed.error().kind != errc::not_found) return allowed.error();
    const auto client = clients.show(id.text(token_id::client_prefix));
    if (!client) return missing(client.error());
    return std::optional(called_by{"client", as_token(*client, with.book.by_name(client->api))});
}

json::value reason(const std::optional<refusal>& why) { return why ? json::value(to_string(*why)) : json::value(nullptr); }

json::object route_row(const route_use& used, const token& by, const api& of, timestamp now) {
    const auto space = used.route.find(' ');
    const bool named = space != std::string::npos;
    const auto method = named ? used.route.substr(0, space) : std::string(), path = named ? used.route.substr(space + 1) : used.route;
    const auto decided = rehearse(of, by, method, path, now);
    return {{"method", method}, {"path", path}, {"last_at", rfc3339(used.last)}, {"requests", used.requests}, {"denials", used.denials},
        {"refused", reason(decided.why)}, {"refused_without_key", reason(decided.without_key)}, {"refused_in_clear", reason(decided.in_clear)}};
}

json::object caller_row(const called_by& by, json::array routes) {
    const auto& r = by.record;
    json::array scopes, addresses;
    for (const auto& s : r.scopes) scopes.emplace_back(s);
    for (const auto& a : r.allowed_ips) addresses.emplace_back(a);
    return {{"id", r.id}, {"what", by.what}, {"api", r.api}, {"name", r.name}, {"kind", r.kind}, {"environment", r.environment}, {"tenant", r.tenant},
        {"owner", r.owner}, {"version", r.version}, {"assurance", r.assurance}, {"scopes", std::move(scopes)}, {"full_access", r.full_access},
        {"allowed_ips", std::move(addresses)}, {"hint", r.generations.empty() ? "" : r.generations.back().hint},
        {"state", boost::describe::enum_to_string(r.state, "unknown")},
        {"expires_at", r.expires_at ? json::value(rfc3339(*r.expires_at)) : json::value(nullptr)}, {"routes", std::move(routes)}};
}

struct calls_wish {
    std::string api;
    timestamp since;
    std::optional<token_id> after;
    std::size_t limit = 0;
};

calls_wish read_wish(std::map<std::string, std::string>& asked, field_problems& problems) {
    calls_wish out;
    out.api = asked["api"];
    out.limit = read_limit(asked, problems);
    if (const auto& text = asked["since"]; !text.empty()) {
        const auto at = parse_rfc3339(text);
        if (at) out.since = *at;
        else problems.push_back({"since", "must be a moment like 2030-01-31T00:00:00Z"});
    }
    if (const auto& text = asked["cursor"]; !text.empty()) {
        out.after = token_id::parse(text);
        if (!out.after) problems.push_back({"cursor", "not one that an earlier page of this query gave"});
    }
    return out;
}

}  // namespace

operation_answer list_calls_operation(const operation_context& with, const operation_call& call) {
    field_problems problems;
    auto asked = read_query(call.query, {"api", "since", "cursor", "limit"}, problems);
    const auto wish = read_wish(asked, problems);
    if (!problems.empty()) return answer_fields(problems);
    if (with.done.uses == nullptr) return answer_failure({errc::unavailable, "nobody counts the use of tokens here"});
    if (with.done.collect && !wish.after) with.done.collect();
    const auto callers = with.done.uses->callers(wish.after, wish.limit);
    if (!callers) return answer_failure(callers.error());
    const auto now = with.time.now();
    json::array rows;
    for (const auto& [id, routes] : *callers) {
        const auto by = find_caller(with, id);
        if (!by) return answer_failure(by.error());
        if (!*by || !with.caller.reaches((*by)->record)) continue;
        const auto& record = (*by)->record;
        const auto* of = with.book.by_name(record.api);
        const bool works = record.state == token_state::active && (!record.expires_at || now < *record.expires_at);
        if (of == nullptr || !works || (!wish.api.empty() && record.api != wish.api)) continue;
        json::array called;
        for (const auto& used : routes)
            if (used.last >= wish.since) called.push_back(route_row(used, record, *of, now));
        if (!called.empty()) rows.push_back(caller_row(**by, std::move(called)));
    }
    return answer_rows(std::move(rows), callers->size() == wish.limit ? callers->back().who.text() : std::string());
}

}  // namespace tollgate
