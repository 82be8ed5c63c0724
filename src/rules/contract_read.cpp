// A contract's root: its keys, and those that need no file of their own.

#include "rules/contract_reader.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/text.hpp"
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

void read_replay_time(contract_reader& reader, const place& at, contract& out) {
    const auto text = reader.text(at);
    if (!text) return;
    const auto time = parse_duration(*text);
    if (time && !time->never && time->months == 0 && time->exact >= std::chrono::seconds(1) && time->exact <= bounds::replay_time_max)
        out.idempotency_replay = std::chrono::duration_cast<std::chrono::milliseconds>(time->exact);
    else reader.error(at, fmt::format("`{}` cannot be how long answers are repeated: write 1s to 30d, as in 24h", *text));
}

void read_replay_body(contract_reader& reader, const place& at, contract& out) {
    if (!at) return;
    const auto size = at.at->is_scalar() ? parse_size(at.at->text()) : result<std::uint64_t>(failure{});
    if (size && *size >= 1 && *size <= bounds::replay_body_bytes_max) out.idempotency_body_bytes = static_cast<std::size_t>(*size);
    else reader.error(at, "must be a size from 1 to 16MiB, as in 1MiB");
}

void read_idempotency(contract_reader& reader, const place& at, contract& out) {
    if (!reader.mapping(at, {"header", "replay", "body"})) return;
    read_replay_time(reader, reader.member(at, "replay"), out);
    read_replay_body(reader, reader.member(at, "body"), out);
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
    const bool readable = reader.mapping(root,
        {"name", "environments", "tokens", "formats", "scopes", "idempotency", "rotation", "versions", "acting_as", "rate_limit", "transport",
            "upstream", "me", "problems", "refusals", "oauth", "console"});
    if (!readable) return std::nullopt;
    out.name = reader.text(reader.member(root, "name")).value_or("");
    read_environments(reader, reader.member(root, "environments"), out);
    read_tokens(reader, root, out);
    read_scopes(reader, root, out);
    read_rotation(reader, root, out);
    out.https_only = reader.choice(reader.member(root, "transport"), {"any", "https_only"}).value_or(0) == 1;
    read_upstream(reader, reader.member(root, "upstream"), out);
    read_idempotency(reader, reader.member(root, "idempotency"), out);
    read_request_rules(reader, root, out);
    read_oauth(reader, root, out);
    read_me(reader, root, out);
    read_wordings(reader, root, out);
    if (reader.errors() != 0) return std::nullopt;
    return out;
}

}  // namespace tollgate
