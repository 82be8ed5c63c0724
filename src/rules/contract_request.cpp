// The keys `versions:`, `acting_as:` and `rate_limit:` of a contract: what it says about requests beside their token.

#include "rules/contract_reader.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace tollgate {

namespace {

constexpr std::size_t kVersionBytes = 64;

bool is_header_name(std::string_view name) {
    const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && std::all_of(name.begin(), name.end(), allowed);
}

// Fields that mean something else already, to the gateway or to HTTP.
bool is_taken(std::string_view name) {
    constexpr std::array<std::string_view, 22> taken{"Accept", "Authorization", "Connection", "Content-Length", "Content-Type", "Cookie", "Date",
        "Expect", "Forwarded", "Host", "Keep-Alive", "Origin", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "X-Forwarded-For",
        "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-Id", "traceparent"};
    constexpr std::string_view ours = "X-Tollgate-";
    return equal_ignoring_case(name.substr(0, ours.size()), ours) ||
        std::any_of(taken.begin(), taken.end(), [name](std::string_view t) { return equal_ignoring_case(name, t); });
}

// The key `header` of `of`, which it cannot be without.
std::string read_header(contract_reader& reader, const place& of) {
    const auto at = reader.member(of, "header");
    if (!at) {
        reader.error(of, "names no header: write `header: NAME`");
        return {};
    }
    auto name = reader.text(at);
    if (!name) return {};
    if (!is_header_name(*name)) reader.error(at, fmt::format("`{}` cannot be the name of a header: write letters, digits and -", *name));
    else if (is_taken(*name)) reader.error(at, fmt::format("`{}` has a meaning of its own already: write another name", *name));
    return std::move(*name);
}

std::optional<std::string> read_version(contract_reader& reader, const place& at) {
    auto name = reader.text(at);
    const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
    if (!name || (name->size() <= kVersionBytes && std::all_of(name->begin(), name->end(), visible))) return name;
    reader.error(at, fmt::format("a version is 1 to {} visible ASCII characters", kVersionBytes));
    return std::nullopt;
}

// A day (its first moment, UTC) or a time.
std::optional<timestamp> read_time(contract_reader& reader, const place& at) {
    constexpr std::size_t day_bytes = 10;
    if (!at) return std::nullopt;
    const std::string text = at.at->text();
    const auto t = parse_rfc3339(text.size() == day_bytes ? text + "T00:00:00Z" : text);
    if (t) return *t;
    reader.error(at, "must be a day or a time: write 2026-04-01, or 2026-04-01T00:00:00Z");
    return std::nullopt;
}

std::int64_t seconds(timestamp t) noexcept { return t.us / 1'000'000; }

// IMF-fixdate (RFC 9110 §5.6.7).
std::string http_date(timestamp t) {
    const auto s = static_cast<std::time_t>(seconds(t));
    std::tm parts{};
    ::gmtime_r(&s, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// RFC 9745 §2.1 (a structured field's date), RFC 8594 §3 (an HTTP-date).
std::string notice_of(timestamp since, std::optional<timestamp> sunset) {
    auto out = fmt::format("Deprecation: @{}\r\n", seconds(since));
    if (sunset) out += fmt::format("Sunset: {}\r\n", http_date(*sunset));
    return out;
}

void read_deprecation(contract_reader& reader, const place& at, std::string_view name, version_rules& out) {
    const auto known = std::find_if(out.supported.begin(), out.supported.end(), [name](const api_version& v) { return v.name == name; });
    if (known == out.supported.end())
        return reader.error(at, fmt::format("`{}` is not in `supported`: only what still works can be deprecated", name));
    if (!at) return reader.error(at, "must be a mapping: write `{ since: DAY, sunset: DAY }`");
    if (!reader.mapping(at, {"since", "sunset"})) return;
    const auto since_at = reader.member(at, "since"), sunset_at = reader.member(at, "sunset");
    const auto since = read_time(reader, since_at), sunset = read_time(reader, sunset_at);
    if (!since_at) return reader.error(at, "does not say since when: write `since: DAY`");
    if (!since) return;
    if (sunset && *sunset < *since) return reader.error(sunset_at, "no version ends before it is deprecated: write a later day than `since`");
    known->notice = notice_of(*since, sunset);
}

void read_versions(contract_reader& reader, const place& at, version_rules& out) {
    if (!reader.mapping(at, {"header", "default", "supported", "deprecated"})) return;
    out.header = read_header(reader, at);
    const auto supported = reader.member(at, "supported"), initial = reader.member(at, "default"), deprecated = reader.member(at, "deprecated");
    if (!supported) return reader.error(at, "names no versions: write `supported: [VERSION]`");
    if (!reader.sequence(supported)) return;
    for (const auto& item : reader.items(supported)) {
        auto name = read_version(reader, item);
        if (!item) reader.error(item, "must be the name of a version");
        else if (name && out.find(*name) != nullptr) reader.error(item, fmt::format("the version `{}` is there already", *name));
        else if (name) out.supported.push_back({std::move(*name), {}});
    }
    if (!initial) return reader.error(at, "does not say what new tokens get: write `default: VERSION`");
    out.initial = read_version(reader, initial).value_or("");
    if (!out.initial.empty() && out.find(out.initial) == nullptr)
        reader.error(initial, fmt::format("`{}` is not in `supported`: write one of those", out.initial));
    if (!deprecated) return;
    if (!deprecated.at->is_mapping()) return reader.error(deprecated, "must be a mapping: write `VERSION: { since: DAY, sunset: DAY }`");
    for (const auto& [name, value] : deprecated.at->members()) read_deprecation(reader, {&value, path_member(deprecated.path, name)}, name, out);
}

void read_rate(contract_reader& reader, const place& at, rate_rules& out) {
    if (!reader.mapping(at, {"sustained", "burst", "per"})) return;
    const auto sustained = reader.member(at, "sustained"), burst = reader.member(at, "burst");
    out.per_tenant = reader.choice(reader.member(at, "per"), {"token", "tenant"}).value_or(0) == 1;
    if (!sustained) return reader.error(at, "does not say how often: write `sustained: 60/min`");
    const auto text = reader.text(sustained);
    if (!text) return;
    const auto count = burst ? burst.at->as_integer() : std::optional<std::int64_t>(1);
    if (!count) return reader.error(burst, "must be a number: how many may come at once");
    const auto made = make_pace(*text, *count);
    if (made) out.allowed = *made;
    else reader.error(sustained, made.error().what);
}

// One field cannot say two things.
void check_distinct(contract_reader& reader, const place& root, const contract& rules) {
    const auto same = [](const std::string& a, const std::string& b) { return !a.empty() && equal_ignoring_case(a, b); };
    if (same(rules.versions.header, rules.acting_as_header) || same(rules.versions.header, rules.idempotency_header))
        reader.error(reader.member(reader.member(root, "versions"), "header"), "stands for something else in this contract: write another name");
    if (same(rules.acting_as_header, rules.idempotency_header))
        reader.error(reader.member(reader.member(root, "acting_as"), "header"), "stands for something else in this contract: write another name");
}

}  // namespace

void read_request_rules(contract_reader& reader, const place& root, contract& out) {
    read_versions(reader, reader.member(root, "versions"), out.versions);
    if (const auto at = reader.member(root, "acting_as"); reader.mapping(at, {"header"})) out.acting_as_header = read_header(reader, at);
    read_rate(reader, reader.member(root, "rate_limit"), out.rate);
    check_distinct(reader, root, out);
}

}  // namespace tollgate
