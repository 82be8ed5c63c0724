#include "app/use_comparison.hpp"

#include "app/cli_context.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/rules/rehearsal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tollgate {
namespace {

std::string_view text_of(const json::object& row, std::string_view name) {
    const auto* value = row.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

std::uint64_t number_of(const json::object& row, std::string_view name) {
    const auto* value = row.if_contains(name);
    boost::system::error_code none;
    const auto number = value != nullptr && value->is_number() ? value->to_number<std::uint64_t>(none) : 0;
    return none ? 0 : number;
}

bool flag_of(const json::object& row, std::string_view name) {
    const auto* value = row.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_of(const json::object& row, std::string_view name) {
    std::vector<std::string> out;
    const auto* value = row.if_contains(name);
    if (value != nullptr && value->is_array())
        for (const auto& item : value->get_array())
            if (item.is_string()) out.emplace_back(item.get_string());
    return out;
}

// The template without its parameters' names, which mean nothing: "/things/{}".
std::string shape_of(std::string_view path) {
    std::string out;
    bool inside = false;
    for (const char c : path) {
        if (c == '}') inside = false;
        if (!inside) out += c;
        if (c == '{') inside = true;
    }
    return out;
}

std::string operation_key(std::string_view method, std::string_view path) { return fmt::format("{} {}", method, shape_of(path)); }

// What a row of a route table demands, in words.
std::string demands_text(const json::object& row) {
    if (flag_of(row, "public")) return "public";
    std::string out;
    if (const auto* scopes = row.if_contains("scopes"); scopes != nullptr && scopes->is_array())
        for (const auto& all_of : scopes->get_array()) {
            out += out.empty() ? "" : " | ";
            std::string alternative;
            if (all_of.is_array())
                for (const auto& s : all_of.get_array())
                    if (s.is_string()) alternative += (alternative.empty() ? "" : " ") + std::string(s.get_string());
            out += alternative.empty() ? "any token" : alternative;
        }
    if (out.empty()) out = "any token";
    for (const auto& audience : texts_of(row, "audiences")) out += fmt::format(", {}", audience);
    if (number_of(row, "assurance") > 1) out += ", second factor";
    if (const auto mode = text_of(row, "idempotency"); !mode.empty() && mode != "none") out += fmt::format(", idempotency key {}", mode);
    if (const auto handler = text_of(row, "handler"); !handler.empty()) out += fmt::format(", answered by {}", handler);
    return out;
}

// The parts of a route's row that decide about calls.
bool demands_alike(const json::object& a, const json::object& b) {
    constexpr std::string_view parts[] = {
        "public", "scopes", "audiences", "assurance", "assurance_age", "idempotency", "include_scopes", "handler", "encoded_slash", "rate"};
    return std::ranges::all_of(parts, [&](std::string_view part) {
        const auto *left = a.if_contains(part), *right = b.if_contains(part);
        return left == nullptr || right == nullptr ? left == right : *left == *right;
    });
}

bool lets_in(const rulebook& book, const api& of, std::string_view environment) {
    return std::ranges::any_of(
        book.hosts(), [&](const auto& host) { return host.second.of == &of && of.environments[host.second.environment].name == environment; });
}

// Where calls of a removed operation go.
std::string without(const api* next, std::string_view method, std::string_view path) {
    if (next == nullptr) return "no such API";
    const auto found = next->routes.match(method, sample_path(path));
    if (found.outcome == route_match::kind::found) return fmt::format("taken by {}", found.found->path);
    if (next->unlisted == unlisted_mode::forward) return "forwarded with any token";
    return found.outcome == route_match::kind::method_missing ? "method_not_allowed" : "route_not_found";
}

}  // namespace

// One API, as it is and as it would be.
struct use_comparison::side {
    std::string name;
    const api* next = nullptr;  // nullptr: it would be gone
    bool forwards = false;      // what no operation covers, now
    std::vector<std::string> patterns;  // of its tokens, now
    route_table before;
    std::map<std::string, operation_change> changes;  // by operation_key
    std::map<std::string, std::vector<const route*>> carved;  // by operation_key of the one that takes some of their calls now; "": none does
};

token record_in(const json::object& row) {
    token out;
    out.id = text_of(row, "id");
    out.api = text_of(row, "api");
    out.name = text_of(row, "name");
    out.kind = text_of(row, "kind");
    out.environment = text_of(row, "environment");
    out.owner = text_of(row, "owner");
    out.version = text_of(row, "version");
    out.scopes = texts_of(row, "scopes");
    out.allowed_ips = texts_of(row, "allowed_ips");
    out.full_access = flag_of(row, "full_access");
    out.assurance = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, number_of(row, "assurance")));
    boost::describe::enum_from_string(std::string(text_of(row, "state")).c_str(), out.state);
    if (const auto end = parse_rfc3339(text_of(row, "expires_at"))) out.expires_at = *end;
    token_generation newest;
    newest.hint = text_of(row, "hint");
    out.generations.push_back(std::move(newest));
    return out;
}

use_comparison::use_comparison(const rulebook& next, const json::array& apis, std::set<std::string> names, timestamp now)
    : next_(next), names_(std::move(names)), now_(now) {
    for (const auto& row : apis)
        if (row.is_object() && text_of(row.get_object(), "name") != builtin_api_name) note_api(row.get_object());
    for (const auto& of : next.apis()) {
        const bool wanted = of->name != builtin_api_name && (names_.empty() || names_.contains(of->name));
        if (wanted && !sides_.contains(of->name)) notes_.push_back(fmt::format("{}: a new API", of->name));
    }
}

use_comparison::~use_comparison() = default;

void use_comparison::note_api(const json::object& row) {
    const std::string name(text_of(row, "name"));
    if (!names_.empty() && !names_.contains(name)) return;
    auto made = std::make_unique<side>();
    made->name = name;
    made->next = next_.by_name(name);
    made->forwards = text_of(row, "unlisted") == "forward";
    made->patterns = texts_of(row, "formats");
    if (made->next == nullptr) notes_.push_back(fmt::format("{}: the API would be gone", name));
    else if (const auto* hosts = row.if_contains("hosts"); hosts != nullptr && hosts->is_array())
        for (const auto& entry : hosts->get_array()) {
            if (!entry.is_object()) continue;
            const auto host = text_of(entry.get_object(), "host"), environment = text_of(entry.get_object(), "environment");
            const auto* found = next_.find(host == "*" ? std::string_view() : host);
            if (found == nullptr || found->of != made->next) notes_.push_back(fmt::format("{}: the host {} would no longer lead to it", name, host));
            else if (made->next->environments[found->environment].name != environment)
                notes_.push_back(fmt::format("{}: the host {} would lead to another environment", name, host));
        }
    sides_.emplace(name, std::move(made));
}

std::vector<std::string> use_comparison::apis_before() const {
    std::vector<std::string> out;
    for (const auto& [name, s] : sides_) out.push_back(name);
    return out;
}

void use_comparison::set_routes(const std::string& name, const json::array& routes) {
    auto& s = *sides_.at(name);
    std::map<std::string, json::object> after;
    if (s.next != nullptr)
        for (const auto& r : s.next->routes.routes()) after.emplace(operation_key(r.method, r.path), route_view(r));
    std::set<std::string> kept;
    for (const auto& row : routes) {
        if (!row.is_object()) continue;
        const auto& was = row.get_object();
        route r;
        r.method = text_of(was, "method");
        r.path = text_of(was, "path");
        r.encoded_slash = flag_of(was, "encoded_slash");
        if (!route_table::is_method(r.method) || !route_table::check_template(r.path).empty()) continue;
        const auto key = operation_key(r.method, r.path);
        kept.insert(key);
        const auto found = after.find(key);
        if (found == after.end())
            s.changes[key] = {name, r.method, r.path, "removed", demands_text(was), without(s.next, r.method, r.path), {}, {}, 0};
        else if (!demands_alike(was, found->second))
            s.changes[key] = {name, r.method, r.path, "changed", demands_text(was), demands_text(found->second), {}, {}, 0};
        std::string other;
        static_cast<void>(s.before.add(std::move(r), other));
    }
    s.before.seal();
    if (s.next == nullptr) return;
    for (const auto& r : s.next->routes.routes()) {
        const auto key = operation_key(r.method, r.path);
        if (kept.contains(key)) continue;
        s.changes[key] = {name, r.method, r.path, "added", "", demands_text(after.at(key)), {}, {}, 0};
        const auto now = s.before.match(r.method, sample_path(r.path));
        if (now.found != nullptr) s.carved[operation_key(now.found->method, now.found->path)].push_back(&r);
        else if (s.forwards) s.carved[""].push_back(&r);
    }
}

void use_comparison::add_caller(const json::object& row) {
    const auto found = sides_.find(text_of(row, "api"));
    if (found == sides_.end()) return;
    auto& s = *found->second;
    auto by = record_in(row);
    const auto what = text_of(row, "what");
    if (what == "client" && s.next != nullptr) by.kind = s.next->rules.oauth.kind;
    const auto* calls = row.if_contains("routes");
    if (calls == nullptr || !calls->is_array()) return;
    ++callers_;
    for (const auto& call : calls->get_array())
        if (call.is_object()) compare_call(s, by, what, call.get_object());
}

void use_comparison::compare_call(side& s, const token& by, std::string_view what, const json::object& call) {
    ++calls_;
    const auto method = text_of(call, "method"), path = text_of(call, "path");
    const auto requests = number_of(call, "requests"), denials = std::min(number_of(call, "denials"), requests);
    const auto passed = requests - denials;
    use_finding row{by.id, std::string(what), by.name, by.owner, s.name, std::string(method), std::string(path), {}, {}, {}, passed,
        std::string(text_of(call, "last_at"))};
    const auto key = operation_key(method, path);
    const auto at = s.changes.find(key);
    if (at != s.changes.end()) {
        at->second.callers.insert(by.id);
        at->second.requests += requests;
    }
    const auto refuse = [&](std::string_view why, const route* on) {
        row.reason = why;
        if (s.next != nullptr && on != nullptr && why == to_string(refusal::scope_required)) row.lacks = lacking_scopes(*s.next, by, *on, now_);
        if (at != s.changes.end()) at->second.refused.insert(by.id);
        refused_.push_back(row);
    };
    const auto may = [&](std::string_view why, const route* on, std::string because) {
        auto one = row;
        one.reason = why;
        one.because = std::move(because);
        if (on != nullptr && why == to_string(refusal::scope_required)) one.lacks = lacking_scopes(*s.next, by, *on, now_);
        may_.push_back(std::move(one));
    };

    const auto now_refused = text_of(call, "refused");
    if (s.next == nullptr || !lets_in(next_, *s.next, by.environment)) {
        if (now_refused.empty() && passed != 0) refuse(to_string(refusal::host_unknown), nullptr);
        return;
    }
    const auto fit = what == "token" ? fit_of_hint(s.next->rules, s.patterns, by.generations.back().hint) : text_fit::yes;
    const auto then = rehearse(*s.next, by, method, path, now_);
    if (!now_refused.empty()) {
        if (then.why || fit != text_fit::yes || denials == 0) return;
        row.reason = now_refused;
        row.requests = denials;
        allowed_.push_back(std::move(row));
        return;
    }
    if (passed == 0) return;
    if (fit == text_fit::no) return refuse(to_string(refusal::invalid_token), nullptr);
    if (then.why) return refuse(to_string(*then.why), then.at);
    if (fit == text_fit::perhaps) may(to_string(refusal::invalid_token), nullptr, "texts of this kind have another form than its own");
    if (then.without_key && text_of(call, "refused_without_key").empty())
        may(to_string(*then.without_key), then.at, "where no idempotency key is sent");
    if (then.in_clear && text_of(call, "refused_in_clear").empty()) may(to_string(*then.in_clear), then.at, "where it does not come by HTTPS");
    const auto carved = s.carved.find(method.empty() ? std::string() : key);
    if (carved == s.carved.end()) return;
    for (const auto* r : carved->second) {
        const auto there = rehearse(*s.next, by, r->method, r->path, now_);
        if (there.why) may(to_string(*there.why), there.at, fmt::format("where it is a call of {} {}", r->method, r->path));
    }
}

std::vector<const operation_change*> use_comparison::operations() const {
    std::vector<const operation_change*> out;
    for (const auto& [name, s] : sides_)
        for (const auto& [key, change] : s->changes) out.push_back(&change);
    return out;
}

}  // namespace tollgate
