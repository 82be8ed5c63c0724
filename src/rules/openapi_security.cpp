// `security` and its schemes.
#include "rules/openapi_security.hpp"

#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

namespace tollgate::openapi {

void security_reader::read_schemes() {
    const auto components = in_.mapping(in_.root(), "components");
    if (!components) return;
    const auto schemes = in_.mapping(*components, "securitySchemes");
    if (!schemes) return;
    for (const auto& [name, value] : schemes->value->members()) read_scheme(name, reader::member(*schemes, name));
}

void security_reader::read_scheme(const std::string& name, const place& at) {
    auto& entry = schemes_[name];  // known by name even after a problem, so that one mistake is one problem
    entry.verifiable = true;
    const auto target = in_.follow(at);
    if (!target) return;
    if (auto found = classify(*target)) entry = *std::move(found);
    read_flows(*target);
}

void security_reader::read_flows(const place& at) {
    const auto flows = in_.mapping(at, "flows");
    if (!flows) return;
    for (const auto& flow : reader::members(*flows))
        if (const auto scopes = flow.value->is_mapping() ? in_.mapping(flow, "scopes") : std::nullopt) scopes_.declare_all(*scopes);
}

std::optional<security_reader::scheme> security_reader::classify(const place& at) {
    const std::vector<std::string_view> known = {"apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"};
    const auto type = reader::member(at, "type");
    if (!type || !type.value->is_string()) {
        in_.error(type, "a security scheme has no type; write `type: http` and `scheme: bearer`, or `type: oauth2`");
        return std::nullopt;
    }
    const auto& kind = type.value->text();
    const auto text = [&](std::string_view key) {
        const auto* found = at.value->find(key);
        return found != nullptr ? found->text() : std::string{};
    };
    if (kind == "oauth2" || kind == "openIdConnect") return scheme{true, kind};
    if (kind == "mutualTLS") return scheme{false, kind};
    if (kind == "http") return scheme{equal_ignoring_case(text("scheme"), "bearer"), "http " + text("scheme")};
    if (kind == "apiKey") return scheme{text("in") == "header" && equal_ignoring_case(text("name"), "authorization"), "apiKey in " + text("in")};
    in_.error(type,
        fmt::format(
            "unknown type '{}' of a security scheme{}; known are apiKey, http, mutualTLS, oauth2, openIdConnect", kind, suggestion(kind, known)));
    return std::nullopt;
}

bool security_reader::verifiable(std::string_view scheme) const {
    const auto found = schemes_.find(scheme);
    return found != schemes_.end() && found->second.verifiable;
}

access security_reader::read(const place& security) {
    access out;
    if (security.value->is_mapping() && security.value->members().empty()) {
        in_.warning(security, "an empty mapping is read as public; write `security: []`");
        out.is_public = true;
        return out;
    }
    if (!security.value->is_sequence()) {
        in_.error(security, "'security' is not a list; write [{scheme: [scopes]}], or [] for an operation that is public");
        return out;
    }
    if (security.value->items().empty()) out.is_public = true;
    std::vector<alternative> dropped;
    bool broken = false;
    for (const auto& item : reader::items(security)) {
        auto next = read_alternative(item);
        broken |= !next;
        if (!next) continue;
        out.is_public |= item.value->members().empty();
        if (next->unverifiable.empty()) out.any_of.push_back(std::move(next->scopes));
        else dropped.push_back(*std::move(next));
    }
    if (out.is_public) out.any_of.clear();
    if (out.is_public || broken || !out.any_of.empty()) return out;
    if (!unsupported_is_token_) {
        in_.error(security,
            fmt::format("no alternative can be verified here ({}); add one with a scheme of type oauth2 or http bearer, or write "
                        "`unsupported_security: token` for this API: then any valid token gets through",
                dropped.front().unverifiable));
    }
    for (auto& one : dropped) out.any_of.push_back(std::move(one.scopes));
    return out;
}

std::optional<security_reader::alternative> security_reader::read_alternative(const place& at) {
    if (!at.value->is_mapping()) {
        in_.error(at, "a security requirement is not a mapping; write {scheme: [scopes]}");
        return std::nullopt;
    }
    alternative out;
    bool good = true;
    for (const auto& [name, value] : at.value->members()) good &= read_requirement(name, reader::member(at, name), out);
    if (!good) return std::nullopt;
    return out;
}

bool security_reader::read_requirement(const std::string& name, const place& at, alternative& out) {
    const auto known = schemes_.find(name);
    if (known == schemes_.end()) {
        std::vector<std::string_view> names;
        for (const auto& [scheme, about] : schemes_) names.push_back(scheme);
        in_.error(at, fmt::format("no security scheme '{}'{}; define it under components.securitySchemes", name, suggestion(name, names)));
        return false;
    }
    if (at.value->what() == node::kind::null) {
        in_.warning(at, "null is read as a list without scopes; write []");
    } else if (!at.value->is_sequence()) {
        in_.error(at, "scopes are not a list; write [] for none");
        return false;
    }
    if (!known->second.verifiable) {
        if (out.unverifiable.empty()) out.unverifiable = fmt::format("'{}' is {}", name, known->second.kind);
        return true;
    }
    bool good = true;
    for (const auto& scope : reader::items(at)) {
        if (scope.value->is_scalar() && scope_catalogue::well_formed(scope.value->text())) {
            out.scopes.push_back({scope.value->text(), scope});
        } else {
            in_.error(scope, "not a scope that a token could have; write visible ASCII without spaces, '\"' and '\\'");
            good = false;
        }
    }
    return good;
}

}  // namespace tollgate::openapi
