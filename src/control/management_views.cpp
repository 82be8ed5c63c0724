// What the management API and the command line show of records and configuration.
#include "tollgate/control/management.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/control/session_book.hpp"
#include "tollgate/rules/rehearsal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace tollgate {
namespace {

json::array texts(const auto& list) {
    json::array out;
    for (const auto& text : list) out.emplace_back(text);
    return out;
}

json::value time_or_null(const std::optional<timestamp>& t) { return t ? json::value(rfc3339(*t)) : json::value(nullptr); }

// Everything that the API has a scope for; an API without scopes has no such thing (C-6).
bool reaches_everything(const token& record, const api* of) {
    if (of != nullptr && of->catalogue.empty()) return false;
    if (of == nullptr) return record.full_access;
    if (record.full_access) return true;
    std::set<std::string> held;
    for (const auto& scope : record.scopes) {
        if (!of->rules.scopes.wildcard.empty() && scope == of->rules.scopes.wildcard) return true;
        held.merge([&] {
            auto c = of->rules.closure(scope);
            return std::set<std::string>(c.begin(), c.end());
        }());
    }
    return std::ranges::all_of(of->catalogue, [&](const scope_entry& s) { return held.contains(s.name); });
}

std::string_view text_of(unlisted_mode mode) noexcept { return mode == unlisted_mode::forward ? "forward" : "refuse"; }

std::string_view text_of(publish_mode mode) noexcept {
    return mode == publish_mode::everyone ? "public" : mode == publish_mode::token ? "token" : "off";
}

std::string_view text_of(idempotency_mode mode) noexcept {
    return mode == idempotency_mode::required ? "required" : mode == idempotency_mode::accepted ? "accepted" : "none";
}

// As a contract writes it; `none` where it is nothing.
std::string text_of(const lifetime& time, std::string_view none) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.exact).count();
    std::string out = time.months != 0 ? fmt::format("{}mo", time.months) : "";
    if (seconds != 0 && seconds % 86400 == 0 && seconds > 86400) out += fmt::format("{}d", seconds / 86400);
    else if (seconds != 0 && seconds % 3600 == 0) out += fmt::format("{}h", seconds / 3600);
    else if (seconds != 0 && seconds % 60 == 0) out += fmt::format("{}m", seconds / 60);
    else if (seconds != 0) out += fmt::format("{}s", seconds);
    return out.empty() ? std::string(none) : out;
}

std::string_view text_of(token_state state) noexcept { return boost::describe::enum_to_string(state, "unknown"); }

}  // namespace

json::object token_view(const token& record, const api* of) {
    const bool full = reaches_everything(record, of);
    json::array generations;
    for (const auto& g : record.generations) {
        generations.push_back(
            json::object{{"number", g.number}, {"hint", g.hint}, {"created_at", rfc3339(g.created_at)}, {"ends_at", time_or_null(g.ends_at)}});
    }
    return {
        {"id", record.id},
        {"api", record.api},
        {"name", record.name},
        {"kind", record.kind},
        {"audience", record.audience},
        {"environment", record.environment},
        {"tenant", record.tenant},
        {"owner", record.owner},
        {"version", record.version},
        {"assurance", record.assurance},
        {"scopes", texts(record.scopes)},
        {"full_access", full},
        {"label", full ? json::value("Full access") : json::value(nullptr)},
        {"allowed_ips", texts(record.allowed_ips)},
        {"hint", record.generations.empty() ? "" : record.generations.back().hint},
        {"state", text_of(record.state)},
        {"created_at", rfc3339(record.created_at)},
        {"expires_at", time_or_null(record.expires_at)},
        {"disabled_at", time_or_null(record.disabled_at)},
        {"revoked_at", time_or_null(record.revoked_at)},
        {"last_used_at", nullptr},
        {"last_used_ip", nullptr},
        {"generations", std::move(generations)},
    };
}

json::object actor_view(const actor& record) {
    return {
        {"id", record.id},
        {"api", record.api},
        {"name", record.name},
        {"environment", record.environment},
        {"tenant", record.tenant},
        {"created_at", rfc3339(record.created_at)},
        {"removed_at", time_or_null(record.removed_at)},
    };
}

json::object user_view(const user& record) {
    return {
        {"id", record.id},
        {"number", record.number},
        {"api", record.api},
        {"user_name", record.user_name},
        {"email", record.email},
        {"email_verified_at", time_or_null(record.email_verified_at)},
        {"first_name", record.first_name},
        {"last_name", record.last_name},
        {"tenant", record.tenant},
        {"subject", record.subject},
        {"role", record.role.empty() ? json::value(nullptr) : json::value(record.role)},
        {"state", boost::describe::enum_to_string(record.state, "unknown")},
        {"has_password", !record.password.empty()},
        {"second_factor", record.has_second_factor()},
        {"recovery_codes_left", record.has_second_factor() ? record.totp->recovery_digests.size() : 0},
        {"created_at", rfc3339(record.created_at)},
        {"updated_at", rfc3339(record.updated_at)},
        {"removed_at", time_or_null(record.removed_at)},
    };
}

json::object client_view(const oauth_client& record) {
    return {
        {"id", record.id},
        {"api", record.api},
        {"name", record.name},
        {"public", !record.confidential},
        {"secret_hint", record.confidential ? json::value(record.secret_hint) : json::value(nullptr)},
        {"redirect_uris", texts(record.redirect_uris)},
        {"grants", texts(record.grants)},
        {"scopes", texts(record.scopes)},
        {"environment", record.environment},
        {"tenant", record.tenant},
        {"registered", record.registered},
        {"state", boost::describe::enum_to_string(record.state, "unknown")},
        {"created_at", rfc3339(record.created_at)},
        {"updated_at", rfc3339(record.updated_at)},
        {"removed_at", time_or_null(record.removed_at)},
    };
}

json::object session_view(const session& record) {
    return {
        {"id", record.id},
        {"use", boost::describe::enum_to_string(record.use, "unknown")},
        {"api", record.api},
        {"user", record.user},
        {"assurance", record.assurance},
        {"asserted_at", rfc3339(record.asserted_at)},
        {"created_at", rfc3339(record.created_at)},
        {"last_seen_at", rfc3339(record.seen_at)},
        {"expires_at", rfc3339(record.ends_at)},
        {"from", record.from},
    };
}

json::object api_view(const rulebook& book, const api& of) {
    json::array hosts, environments, kinds;
    for (const auto& [host, entry] : book.hosts())
        if (entry.of == &of) hosts.push_back(json::object{{"host", host}, {"environment", of.environments[entry.environment].name}});
    for (const auto& e : of.environments) environments.emplace_back(e.name);
    for (const auto& k : of.rules.kinds) {
        kinds.push_back(json::object{{"kind", k.kind}, {"audience", k.audience}, {"format", k.format}, {"lifetime", text_of(k.life, "never")},
            {"expiry_allowed", k.expiry_allowed}});
    }
    return {
        {"name", of.name},
        {"title", of.rules.name},
        {"hosts", std::move(hosts)},
        {"environments", std::move(environments)},
        {"kinds", std::move(kinds)},
        {"formats", texts(patterns_of(of.rules))},
        {"routes", of.routes.routes().size()},
        {"scopes", of.catalogue.size()},
        {"scopes_required", of.rules.scopes.required},
        {"default_scopes", texts(of.rules.scopes.defaults)},
        {"wildcard", of.rules.scopes.wildcard},
        {"rotation_grace", text_of(of.rules.rotation.grace, "0")},
        {"acting_as", !of.rules.acting_as_header.empty()},
        {"unlisted", text_of(of.unlisted)},
        {"publish", text_of(of.publish)},
        {"portal", of.portal.path},
    };
}

json::object route_view(const route& of) {
    json::array any_of;
    for (const auto& d : of.any_of) {
        json::array all_of;
        for (const auto& s : d.all_of) all_of.emplace_back(s.name);
        any_of.push_back(std::move(all_of));
    }
    json::object includes;
    for (const auto& [name, scope] : of.include_scopes) includes[name] = scope;
    return {
        {"method", of.method},
        {"path", of.path},
        {"operation_id", of.operation_id},
        {"public", of.is_public},
        {"scopes", std::move(any_of)},
        {"audiences", texts(of.audiences)},
        {"assurance", of.assurance},
        {"assurance_age", of.assurance_age.count()},
        {"rate",
            of.rate.limited() ? json::value(json::object{{"interval_us", of.rate.interval_us}, {"burst", of.rate.burst}}) : json::value(nullptr)},
        {"idempotency", text_of(of.idempotency)},
        {"include_scopes", std::move(includes)},
        {"handler", of.handler},
        {"encoded_slash", of.encoded_slash},
    };
}

json::object scope_view(const scope_entry& scope, const contract& rules) {
    json::array includes;
    for (const auto& name : rules.closure(scope.name))
        if (name != scope.name) includes.emplace_back(name);
    return {{"name", scope.name}, {"description", scope.description}, {"use_case", scope.use_case}, {"includes", std::move(includes)}};
}

}  // namespace tollgate
