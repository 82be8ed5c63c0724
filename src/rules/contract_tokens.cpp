// The keys `tokens:` and `formats:` of a contract.

#include "rules/contract_reader.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {

namespace {

constexpr int kMonthsMax = 1200;
constexpr std::chrono::hours kExactMax{24 * 36525};  // a hundred years, as above

std::optional<lifetime> read_lifetime(contract_reader& reader, const place& at) {
    const auto text = reader.text(at);
    if (!text) return std::nullopt;
    const auto parsed = parse_duration(*text);
    if (!parsed) {
        reader.error(at, parsed.error().what);
        return std::nullopt;
    }
    if (parsed->never) return lifetime{};
    if (parsed->months < 0 || parsed->exact.count() < 0 || parsed->months > kMonthsMax || parsed->exact > kExactMax) {
        reader.error(at, "a lifetime is at most a hundred years: write `never` for one without end");
        return std::nullopt;
    }
    if (parsed->months == 0 && parsed->exact.count() == 0) {
        reader.error(at, "a lifetime of nothing: write `never`, or how long, as in 15d or 6mo");
        return std::nullopt;
    }
    return lifetime{parsed->months, parsed->exact};
}

// Compiles the format of a kind, wherever it was written.
void compile_format(contract_reader& reader, const place& at, const contract& rules, token_kind& kind) {
    auto compiled = token_format::compile(kind.format, rules.environments, false);
    if (compiled) kind.compiled = std::move(*compiled);
    else reader.error(at, compiled.error().what);
}

token_kind read_kind(contract_reader& reader, const place& at, const contract& rules, bool only) {
    token_kind out;
    if (!reader.mapping(at, {"kind", "audience", "format", "lifetime", "assurance", "expiry"})) return out;
    const auto kind = reader.member(at, "kind"), format = reader.member(at, "format"), audience = reader.member(at, "audience");
    if (!kind && !only) reader.error(at, "a contract with several kinds of tokens names each: write `kind: NAME`");
    out.kind = reader.name(kind).value_or(out.kind);
    out.audience = reader.name(audience).value_or("");
    out.format = reader.text(format).value_or(out.format);
    out.life = read_lifetime(reader, reader.member(at, "lifetime")).value_or(lifetime{});
    out.step_up = reader.choice(reader.member(at, "assurance"), {"none", "step_up"}).value_or(0) == 1;
    out.expiry_allowed = reader.choice(reader.member(at, "expiry"), {"allow", "forbid"}).value_or(0) == 0;
    compile_format(reader, format ? format : at, rules, out);
    return out;
}

void read_kinds(contract_reader& reader, const place& tokens, contract& out) {
    if (!reader.sequence(tokens)) return;
    const auto entries = reader.items(tokens);
    if (entries.empty()) return reader.error(tokens, "an API has at least one kind of token: leave `tokens` out for the generic one");
    out.kinds.clear();
    for (const auto& entry : entries) {
        if (!entry) reader.error(entry, "must be a mapping: write `- { kind: NAME, format: … }`");
        auto kind = read_kind(reader, entry, out, entries.size() == 1);
        if (entry && out.find_kind(kind.kind) != nullptr && reader.member(entry, "kind"))
            reader.error(entry, fmt::format("the kind `{}` is there already: give each its own name", kind.kind));
        out.kinds.push_back(std::move(kind));
    }
}

// C-12: where a foreign pattern could be mistaken for a format with a checksum, the checksum is off for both.
void settle_overlaps(contract_reader& reader, const place& at, const token_format& foreign, contract& out) {
    for (auto& kind : out.kinds) {
        if (!foreign.overlaps(kind.compiled)) continue;
        reader.warning(at,
            fmt::format(
                "`{}` overlaps the format `{}` of kind `{}`, whose checksum is therefore not looked at", foreign.pattern(), kind.format, kind.kind));
        kind.compiled.drop_checksum();
    }
}

void read_foreign(contract_reader& reader, const place& at, contract& out) {
    if (!at) return reader.error(at, "must be a mapping: write `- { pattern: … }`");
    if (!reader.mapping(at, {"pattern", "digest", "checksum"})) return;
    const auto pattern = reader.member(at, "pattern");
    if (!pattern) return reader.error(at, "a format needs a pattern: write `pattern: \"PREFIX{hex:64}\"`");
    const bool after_pipe = reader.choice(reader.member(at, "digest"), {"whole", "after_pipe"}).value_or(0) == 1;
    (void)reader.choice(reader.member(at, "checksum"), {"none"});
    const auto text = reader.text(pattern);
    if (!text) return;
    auto format = token_format::compile(*text, out.environments, true);
    if (!format) return reader.error(pattern, format.error().what);
    if (!after_pipe) settle_overlaps(reader, pattern, *format, out);  // no issued text holds a pipe
    (after_pipe ? out.foreign_after_pipe : out.foreign).push_back(std::move(*format));
}

}  // namespace

void read_tokens(contract_reader& reader, const place& root, contract& out) {
    read_kinds(reader, reader.member(root, "tokens"), out);
    if (const auto formats = reader.member(root, "formats"); reader.sequence(formats))
        for (const auto& entry : reader.items(formats)) read_foreign(reader, entry, out);
}

}  // namespace tollgate
