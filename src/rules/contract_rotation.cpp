// The key `rotation:` of a contract, and what a grace may be wherever it is written.

#include "rules/contract_reader.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {

namespace {

constexpr int kMonthsMax = 12;
constexpr std::chrono::hours kExactMax{24 * 366};

void read_warn_header(contract_reader& reader, const place& at, contract& out) {
    const auto name = reader.text(at);
    if (!name) return;
    const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (!std::all_of(name->begin(), name->end(), allowed))
        return reader.error(at, fmt::format("`{}` cannot be the name of a header: write letters, digits and -", *name));
    if (is_gateways_own(*name)) return reader.error(at, fmt::format("`{}` is written by the gateway: choose another name", *name));
    out.rotation.warn_header = *name;
}

}  // namespace

result<lifetime> parse_grace(std::string_view text) {
    if (text == "0") return lifetime{};
    const auto parsed = parse_duration(text);
    if (!parsed || parsed->never)
        return failure{errc::invalid, fmt::format("a grace is 0 (the old secret ends at once) or a duration like 30m, 24h or 7d, not `{}`", text)};
    if (parsed->months > kMonthsMax || parsed->exact > kExactMax) return failure{errc::invalid, "a grace is at most a year"};
    return lifetime{parsed->months, parsed->exact};
}

void read_rotation(contract_reader& reader, const place& root, contract& out) {
    const auto at = reader.member(root, "rotation");
    if (!reader.mapping(at, {"grace", "warn_header"})) return;
    if (const auto grace = reader.member(at, "grace")) {
        const auto parsed = grace.at->is_scalar() ? parse_grace(grace.at->text()) : failure{errc::invalid, "must be a duration like 24h, or 0"};
        if (parsed) out.rotation.grace = *parsed;
        else reader.error(grace, parsed.error().what);
    }
    read_warn_header(reader, reader.member(at, "warn_header"), out);
}

}  // namespace tollgate
