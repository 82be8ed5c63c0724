// Extensions of operations.
#include "rules/openapi_extensions.hpp"

#include "rules/openapi_scopes.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace tollgate::openapi {

namespace {

const std::vector<std::string_view> known_keys = {
    "x-aal", "x-audiences", "x-encoded-slash", "x-idempotency", "x-include-scopes", "x-rate-limit", "x-scopes", "x-tollgate-handler"};

place own_or_inherited(const place& operation, const place& path_item, std::string_view key) {
    auto own = reader::member(operation, key);
    return own ? own : reader::member(path_item, key);
}

void read_audiences(reader& in, const place& at, const contract& rules, route& out) {
    if (!at.value->is_sequence() || at.value->items().empty()) return in.error(at, "write a list of audiences, such as [service]");
    std::vector<std::string_view> known;
    for (const auto& kind : rules.kinds)
        if (!kind.audience.empty()) known.push_back(kind.audience);
    for (const auto& item : reader::items(at)) {
        auto name = in.text(item);
        if (!name) continue;
        if (!known.empty() && std::find(known.begin(), known.end(), *name) == known.end())
            in.error(item, fmt::format("no kind of token in the contract has audience '{}'{}", *name, suggestion(*name, known)));
        else out.audiences.push_back(*std::move(name));
    }
}

// A level, or {level: 2, max_age: 5m}.
void read_assurance(reader& in, const place& at, route& out) {
    const auto number = at.value->is_mapping() ? reader::member(at, "level") : at;
    const auto level = number ? number.value->as_integer().value_or(0) : 0;
    if (level != 1 && level != 2) return in.error(at, "an assurance level is 1 or 2");
    out.assurance = static_cast<unsigned>(level);
    if (!at.value->is_mapping()) return;
    for (const auto& [key, value] : at.value->members())
        if (key != "level" && key != "max_age") in.error(reader::member(at, key), "not known here; write level and max_age");
    const auto age = reader::member(at, "max_age");
    if (!age) return;
    const auto parsed = parse_duration(age.value->text());
    const bool fits =
        parsed && !parsed->never && parsed->months == 0 && parsed->exact >= std::chrono::seconds(1) && parsed->exact <= std::chrono::hours(24);
    if (!fits || level != 2) return in.error(age, "how long ago a second factor may have been given: 1s to 24h, at level 2");
    out.assurance_age = std::chrono::duration_cast<std::chrono::seconds>(parsed->exact);
}

void read_idempotency(reader& in, const place& at, route& out) {
    if (at.value->text() == "required") out.idempotency = idempotency_mode::required;
    else if (at.value->text() == "accepted") out.idempotency = idempotency_mode::accepted;
    else in.error(at, "write `required` or `accepted`");
}

void read_include_scopes(reader& in, const place& at, route& out) {
    if (!at.value->is_mapping()) return in.error(at, "write a mapping, {name: scope}");
    for (const auto& [name, scope] : at.value->members()) {
        if (scope.is_scalar() && scope_catalogue::well_formed(scope.text())) out.include_scopes.emplace(name, scope.text());
        else in.error(reader::member(at, name), "not a scope; write the name of the scope that the included resource demands");
    }
}

// Whose cell it is (a token's or a tenant's) is the contract's word.
void read_rate(reader& in, const place& at, route& out) {
    if (!at.value->is_mapping()) return in.error(at, "write a mapping, {sustained: 60/min, burst: 100}");
    for (const auto& [key, value] : at.value->members())
        if (key != "sustained" && key != "burst") in.error(reader::member(at, key), "not known here; write sustained and burst");
    const auto sustained = reader::member(at, "sustained"), burst = reader::member(at, "burst");
    if (!sustained) return in.error(at, "does not say how often; write `sustained: 60/min`");
    const auto made = make_pace(sustained.value->text(), burst ? burst.value->as_integer().value_or(0) : 1);
    if (made) out.rate = *made;
    else in.error(at, made.error().what);
}

void read_handler(reader& in, const place& at, route& out) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
    const auto& name = at.value->text();
    if (!at.value->is_string() || name.empty() || !std::all_of(name.begin(), name.end(), fits))
        return in.error(at, "write the name of a handler, such as tokens.create");
    out.handler = name;
}

bool allows_slash(reader& in, const place& at) {
    if (at && at.value->text() != "allow") in.error(at, "write `allow`, or leave the key out");
    return at && at.value->text() == "allow";
}

// Names of path parameters of `holder` by whether they may hold %2F.
void collect_parameters(reader& in, const place& holder, std::map<std::string, bool>& out) {
    const auto parameters = in.sequence(holder, "parameters");
    if (!parameters) return;
    for (const auto& item : reader::items(*parameters)) {
        const auto parameter = in.follow(item);
        if (!parameter) continue;
        const auto* where = parameter->value->find("in");
        const auto* name = parameter->value->find("name");
        if (where == nullptr || name == nullptr || where->text() != "path") continue;
        out[name->text()] = allows_slash(in, reader::member(*parameter, "x-encoded-slash"));
    }
}

}  // namespace

void read_extensions(reader& in, const place& operation, const place& path_item, const contract& rules, route& out) {
    const auto get = [&](std::string_view key) { return own_or_inherited(operation, path_item, key); };
    if (const auto at = get("x-audiences")) read_audiences(in, at, rules, out);
    if (const auto at = get("x-aal")) read_assurance(in, at, out);
    if (const auto at = get("x-idempotency")) read_idempotency(in, at, out);
    if (const auto at = get("x-include-scopes")) read_include_scopes(in, at, out);
    if (const auto at = get("x-tollgate-handler")) read_handler(in, at, out);
    if (const auto at = get("x-rate-limit")) read_rate(in, at, out);
}

void check_stray_keys(reader& in, const place& at, bool is_root) {
    for (const auto& [key, value] : at.value->members()) {
        if (!key.starts_with("x-")) continue;
        const bool known = std::find(known_keys.begin(), known_keys.end(), key) != known_keys.end();
        const auto here = reader::member(at, key);
        if (known && is_root && key != "x-scopes")
            in.error(here, fmt::format("'{}' means nothing at the root; write it at each operation or path", key));
        else if (!known && key.starts_with("x-tollgate-"))
            in.error(here, fmt::format("unknown key '{}'{}; remove it", key, suggestion(key, known_keys)));
        else if (const auto near = known ? std::string{} : nearest(key, known_keys, key.size() < 10 ? 1 : 2); !near.empty())
            in.warning(here, fmt::format("'{}' is not read; did you mean '{}'?", key, near));
    }
}

void read_encoded_slash(reader& in, const place& operation, const place& path_item, route& out) {
    std::map<std::string, bool> parameters;
    collect_parameters(in, path_item, parameters);
    collect_parameters(in, operation, parameters);
    if (allows_slash(in, own_or_inherited(operation, path_item, "x-encoded-slash"))) {
        out.encoded_slash = true;
        return;
    }
    const auto names = route_table::parameter_names(out.path);
    out.slash_parameters = 0;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (const auto found = parameters.find(names[i]); found != parameters.end() && found->second) out.slash_parameters |= 1u << i;
    out.encoded_slash = out.slash_parameters != 0;
    if (!out.encoded_slash) out.slash_parameters = ~0u;
}

}  // namespace tollgate::openapi
