// The key `scopes:` of a contract.

#include "rules/contract_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {

namespace {

std::vector<std::string> read_scope_list(contract_reader& reader, const place& at) {
    std::vector<std::string> out;
    if (!reader.sequence(at)) return out;
    for (const auto& item : reader.items(at)) {
        if (!item) reader.error(item, "must be the name of a scope");
        auto name = reader.scope(item);
        if (!name) continue;
        if (std::find(out.begin(), out.end(), *name) != out.end()) reader.error(item, fmt::format("`{}` is there already", *name));
        else out.push_back(std::move(*name));
    }
    return out;
}

void read_implies(contract_reader& reader, const place& at, contract& out) {
    if (!at) return;
    if (!at.at->is_mapping()) return reader.error(at, "must be a mapping: write `scope: [scopes that it includes]`");
    for (const auto& [name, list] : at.at->members()) {
        const place here{&list, path_member(at.path, name)};
        if (!reader.check_scope(here, name)) continue;
        out.scopes.implies[name] = read_scope_list(reader, here);
        const auto& wildcard = out.scopes.wildcard;
        const auto& included = out.scopes.implies[name];
        if (!wildcard.empty() && std::find(included.begin(), included.end(), wildcard) != included.end())
            reader.error(here, fmt::format("a scope cannot include the wildcard `{}`: grant the wildcard itself", wildcard));
    }
    for (const auto& [name, included] : out.scopes.implies) {
        const auto reaches = [&](const std::string& from) {
            const auto all = out.closure(from);
            return std::find(all.begin(), all.end(), name) != all.end();
        };
        if (std::any_of(included.begin(), included.end(), reaches)) reader.error(reader.member(at, name), fmt::format("`{}` includes itself", name));
    }
}

scope_entry read_entry(contract_reader& reader, const std::string& name, const place& at) {
    scope_entry out{name, "", ""};
    if (!at) return out;
    if (at.at->is_string()) {
        out.description = at.at->text();
    } else if (reader.mapping(at, {"description", "use_case"})) {
        out.description = reader.text(reader.member(at, "description")).value_or("");
        out.use_case = reader.text(reader.member(at, "use_case")).value_or("");
    }
    return out;
}

void read_catalogue(contract_reader& reader, const place& at, contract& out) {
    if (!at) return;
    if (!at.at->is_mapping()) return reader.error(at, "must be a mapping: write `scope: description`");
    for (const auto& [name, value] : at.at->members()) {
        const place here{&value, path_member(at.path, name)};
        if (reader.check_scope(here, name)) out.scopes.catalogue.push_back(read_entry(reader, name, here));
    }
}

}  // namespace

void read_scopes(contract_reader& reader, const place& root, contract& out) {
    const auto scopes = reader.member(root, "scopes");
    if (!reader.mapping(scopes, {"default", "required", "wildcard", "implies", "catalogue"})) return;
    const auto required = reader.member(scopes, "required");
    out.scopes.defaults = read_scope_list(reader, reader.member(scopes, "default"));
    out.scopes.required = reader.boolean(required).value_or(false);
    out.scopes.wildcard = reader.scope(reader.member(scopes, "wildcard")).value_or("");
    read_implies(reader, reader.member(scopes, "implies"), out);
    read_catalogue(reader, reader.member(scopes, "catalogue"), out);
    if (out.scopes.required && !out.scopes.defaults.empty())
        reader.error(required, "scopes that are given by default are never missing: write `required: false`, or `default: []`");
}

}  // namespace tollgate
