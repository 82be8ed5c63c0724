// A contract's root: its keys, and those that need no file of their own.

#include "rules/contract_reader.hpp"
#include "tollgate/rules/contract.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {

namespace {

void read_environments(contract_reader& reader, const place& at, contract& out) {
    if (!reader.sequence(at)) return;
    for (const auto& item : reader.items(at)) {
        if (!item) reader.error(item, "must be the name of an environment");
        auto name = reader.name(item);
        if (!name) continue;
        if (std::find(out.environments.begin(), out.environments.end(), *name) != out.environments.end())
            reader.error(item, fmt::format("the environment `{}` is there already", *name));
        else out.environments.push_back(std::move(*name));
    }
}

void read_idempotency(contract_reader& reader, const place& at, contract& out) {
    if (!reader.mapping(at, {"header"}, {"replay", "body"})) return;
    const auto header = reader.member(at, "header");
    const auto name = reader.text(header);
    if (!name) return;
    const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (std::all_of(name->begin(), name->end(), allowed)) out.idempotency_header = *name;
    else reader.error(header, fmt::format("`{}` cannot be the name of a header: write letters, digits and -", *name));
}

void read_upstream(contract_reader& reader, const place& at, contract& out) {
    if (!reader.mapping(at, {"authorization"})) return;
    out.forward_authorization = reader.choice(reader.member(at, "authorization"), {"drop", "forward"}).value_or(0) == 1;
}

}  // namespace

std::optional<contract> read_contract(const document& doc, problem_list& problems) {
    contract_reader reader(doc.file, problems);
    const place root{&doc.root, "$"};
    auto out = generic_contract();
    out.source = doc.file;
    if (!root) return out;  // an empty file: the generic contract
    const bool readable =
        reader.mapping(root, {"name", "environments", "tokens", "formats", "scopes", "idempotency", "transport", "upstream", "problems", "refusals"},
            {"acting_as", "console", "oauth", "rate_limit", "rotation", "versions"});
    if (!readable) return std::nullopt;
    out.name = reader.text(reader.member(root, "name")).value_or("");
    read_environments(reader, reader.member(root, "environments"), out);
    read_tokens(reader, root, out);
    read_scopes(reader, root, out);
    out.https_only = reader.choice(reader.member(root, "transport"), {"any", "https_only"}).value_or(0) == 1;
    read_upstream(reader, reader.member(root, "upstream"), out);
    read_idempotency(reader, reader.member(root, "idempotency"), out);
    read_wordings(reader, root, out);
    if (reader.errors() != 0) return std::nullopt;
    return out;
}

}  // namespace tollgate
