// Scopes: declared, demanded, numbered.
#include "rules/openapi_scopes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate::openapi {

bool scope_catalogue::well_formed(std::string_view name) noexcept {
    const auto fits = [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    return !name.empty() && name.size() <= bounds::name_bytes && std::all_of(name.begin(), name.end(), fits);
}

void scope_catalogue::declare(scope_entry entry) {
    const auto [at, added] = index_.try_emplace(entry.name, entries_.size());
    if (added) {
        entries_.push_back(std::move(entry));
        return;
    }
    auto& known = entries_[at->second];
    if (known.description.empty()) known.description = std::move(entry.description);
    if (known.use_case.empty()) known.use_case = std::move(entry.use_case);
}

void scope_catalogue::declare_all(const place& scopes) {
    for (const auto& [name, value] : scopes.value->members()) {
        const auto at = reader::member(scopes, name);
        if (!well_formed(name)) {
            in_.warning(at, "not a scope that a token could have, and left out; write visible ASCII without spaces, '\"' and '\\'");
            continue;
        }
        const auto text = [&](std::string_view key) {
            const auto* found = value.find(key);
            return found != nullptr ? found->text() : std::string{};
        };
        declare({name, value.is_mapping() ? text("description") : value.text(), text("use_case")});
    }
}

void scope_catalogue::declare_contract() {
    for (const auto& entry : rules_.scopes.catalogue) declare(entry);
    declare_implied();
}

void scope_catalogue::declare_implied() {
    for (const auto& [name, included] : rules_.scopes.implies) {
        if (name != rules_.scopes.wildcard) declare({name, {}, {}});
        for (const auto& scope : included) declare({scope, {}, {}});
    }
}

std::vector<std::string_view> scope_catalogue::names() const {
    std::vector<std::string_view> out;
    for (const auto& entry : entries_) out.push_back(entry.name);
    return out;
}

void scope_catalogue::demand(const std::string& name, const place& at) {
    const auto& wildcard = rules_.scopes.wildcard;
    if (index_.contains(name) || (!wildcard.empty() && name == wildcard)) return;
    if (const auto known = std::find_if(undeclared_.begin(), undeclared_.end(), [&](const auto& u) { return u.first == name; });
        known != undeclared_.end())
        return;
    const auto near = nearest(name, names(), 1);
    if (near.empty()) {
        undeclared_.emplace_back(name, at);
    } else if (complained_.insert(at.path).second) {
        in_.error(at, fmt::format("scope '{}' stands in no catalogue; did you mean '{}'? Else declare it under `x-scopes`", name, near));
    }
}

void scope_catalogue::finish() {
    check_defaults();
    if (undeclared_.empty()) return;
    const auto& [name, at] = undeclared_.front();
    const auto others = undeclared_.size() == 1 ? std::string{} : fmt::format(" and {} more", undeclared_.size() - 1);
    in_.warning(at,
        fmt::format("scope '{}'{} stand{} in no catalogue, and get{} no description; describe under root `x-scopes: {{name: description}}`", name,
            others, others.empty() ? "s" : "", others.empty() ? "s" : ""));
    for (const auto& [scope, where] : undeclared_) declare({scope, {}, {}});
}

// Scopes that the contract gives unasked must exist.
void scope_catalogue::check_defaults() {
    const auto exists = [&](const std::string& name) {
        return index_.contains(name) || name == rules_.scopes.wildcard ||
            std::any_of(undeclared_.begin(), undeclared_.end(), [&](const auto& u) { return u.first == name; });
    };
    for (std::size_t i = 0; i < rules_.scopes.defaults.size(); ++i) {
        const auto& name = rules_.scopes.defaults[i];
        if (exists(name)) continue;
        in_.error_elsewhere(rules_.source, path_item("$.scopes.default", i),
            fmt::format("default scope '{}' is not a scope of this API{}", name, suggestion(name, names())));
    }
}

bool scope_catalogue::number(const scope_numbering& numbering) {
    auto all = names();
    const auto& wildcard = rules_.scopes.wildcard;
    if (!wildcard.empty() && !index_.contains(wildcard)) all.push_back(wildcard);
    if (all.size() > bounds::scopes_per_api) {
        in_.error(in_.root(),
            fmt::format("{} scopes; an API has at most {}: leave out those that no operation demands", all.size(), bounds::scopes_per_api));
        return false;
    }
    for (const auto name : all) {
        const auto given = numbering(name);
        const bool fits = given && *given < bounds::scopes_per_api;
        if (fits) {
            numbers_.emplace_back(name, *given);
            continue;
        }
        const auto why = given ? fmt::format("numbers up to {} are used up by scopes of the past", bounds::scopes_per_api) : given.error().what;
        in_.error(in_.root(), fmt::format("scope '{}' gets no number: {}", name, why));
        return false;
    }
    for (const auto& [granted, its_number] : numbers_)
        for (const auto& name : rules_.closure(granted)) satisfied_by_[name].add(its_number);
    if (!wildcard.empty())
        for (const auto& [name, its_number] : numbers_)
            if (name == wildcard)
                for (auto& [scope, set] : satisfied_by_) set.add(its_number);
    return true;
}

scope_set scope_catalogue::satisfied_by(const std::string& name) const {
    const auto found = satisfied_by_.find(name);
    return found != satisfied_by_.end() ? found->second : scope_set{};
}

}  // namespace tollgate::openapi
