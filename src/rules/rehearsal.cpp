#include "tollgate/rules/rehearsal.hpp"

#include "tollgate/codec/path.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr atom unknown_word{0xffff'ffff};
constexpr std::string_view ellipsis = "…";

// The number that stands beside `name`, in lists that are parallel; of no name, none.
template <class Names>
atom number_of(std::string_view name, const Names& names, const std::vector<atom>& numbers) {
    if (name.empty()) return atom::none;
    std::size_t i = 0;
    for (const auto& n : names) {
        if (std::string_view(n) == name) return i < numbers.size() ? numbers[i] : unknown_word;
        ++i;
    }
    return unknown_word;
}

std::vector<std::string_view> kinds_of(const contract& rules) {
    std::vector<std::string_view> out;
    for (const auto& k : rules.kinds) out.emplace_back(k.kind);
    return out;
}

std::vector<std::string_view> versions_of(const contract& rules) {
    std::vector<std::string_view> out;
    for (const auto& v : rules.versions.supported) out.emplace_back(v.name);
    return out;
}

std::optional<refusal> refused(const request_facts& facts, const indexed_grant& g, timestamp now) {
    const auto v = judge(facts, {lookup::kind::found, &g, g.addresses}, now, {}, quota::within);
    const auto* no = std::get_if<denied>(&v);
    return no != nullptr ? std::optional(no->why) : std::nullopt;
}

template <class F>
void each_format(const contract& rules, F f) {
    for (const auto& k : rules.kinds) f(k.compiled);
    for (const auto& format : rules.foreign) f(format);
    for (const auto& format : rules.foreign_after_pipe) f(format);
}

}  // namespace

std::string sample_path(std::string_view path_template) {
    std::string out;
    while (!path_template.empty()) {
        const auto open = std::min(path_template.find('{'), path_template.size());
        out += path_template.substr(0, open);
        path_template.remove_prefix(open);
        if (path_template.empty()) break;
        out += '~';
        path_template.remove_prefix(std::min(path_template.find('}'), path_template.size() - 1) + 1);
    }
    std::string scratch;
    const auto canonical = canonical_path(out, scratch);
    return canonical.ok ? std::string(canonical.path) : out;
}

indexed_grant grant_under(const api& of, const token& record, timestamp now) {
    indexed_grant g;
    g.api = record.api == of.name ? of.number : unknown_word;
    g.kind = number_of(record.kind, kinds_of(of.rules), of.kind_numbers);
    g.version = number_of(record.version, versions_of(of.rules), of.version_numbers);
    const auto at = std::ranges::find(of.environments, record.environment, &environment::name);
    g.environment = at != of.environments.end() ? at->number : unknown_word;
    for (const auto& name : record.scopes)
        if (const auto n = of.scope(name)) g.scopes.add(*n);
    if (record.expires_at) g.expires_at = *record.expires_at;
    g.state = record.state;
    g.full_access = record.full_access;
    g.second_factor = record.assurance > 1;
    if (g.second_factor) g.asserted_at = now;
    g.restricted_addresses = !record.allowed_ips.empty();
    for (const auto& text : record.allowed_ips)
        if (const auto block = ip_block::parse(text)) g.addresses.push_back(*block);
    return g;
}

request_facts plain_request(const api& of, std::uint32_t environment, std::string_view method, std::string_view canonical_path) {
    request_facts facts;
    facts.of = &of;
    facts.environment = environment;
    facts.secure = true;
    facts.method = method;
    facts.path = canonical_path;
    if (!method.empty()) facts.match = of.routes.match(method, canonical_path);
    facts.presented.what = credential::kind::plausible;
    facts.has_idempotency_key = true;
    facts.idempotency_key = "rehearsal";
    return facts;
}

rehearsed rehearse(const api& of, const token& record, std::string_view method, std::string_view path_template, timestamp now) {
    rehearsed out;
    const auto at = std::ranges::find(of.environments, record.environment, &environment::name);
    if (at == of.environments.end()) {
        out.why = out.without_key = out.in_clear = refusal::wrong_environment;
        return out;
    }
    const auto g = grant_under(of, record, now);
    const auto path = sample_path(path_template);
    auto facts = plain_request(of, static_cast<std::uint32_t>(at - of.environments.begin()), method, path);
    if (!g.addresses.empty()) facts.client = g.addresses.front().base;
    out.at = facts.match.found != nullptr ? facts.match.found : of.unlisted == unlisted_mode::forward ? &of.self_route : nullptr;
    out.why = refused(facts, g, now);
    auto bare = facts;
    bare.has_idempotency_key = false;
    bare.idempotency_key = {};
    out.without_key = refused(bare, g, now);
    facts.secure = false;
    out.in_clear = refused(facts, g, now);
    return out;
}

std::vector<std::string> lacking_scopes(const api& of, const token& record, const route& at, timestamp now) {
    const auto g = grant_under(of, record, now);
    std::optional<std::vector<std::string>> fewest;
    for (const auto& alternative : at.any_of) {
        std::vector<std::string> lacks;
        for (const auto& s : alternative.all_of)
            if (!g.full_access && !g.scopes.meets(s.satisfied_by)) lacks.push_back(s.name);
        if (!fewest || lacks.size() < fewest->size()) fewest = std::move(lacks);
    }
    return fewest.value_or(std::vector<std::string>{});
}

text_fit fit_of_hint(const contract& rules, std::span<const std::string> known, std::string_view hint) {
    const auto mark = hint.find(ellipsis);
    if (mark == std::string_view::npos) return text_fit::yes;  // an imported one's may be anything
    auto best = text_fit::no;
    each_format(rules, [&](const token_format& f) {
        if (!f.begins_with(hint.substr(0, mark))) return;
        const bool was = std::ranges::find(known, f.pattern()) != known.end();
        best = std::max(best, was ? text_fit::yes : text_fit::perhaps);
    });
    return best;
}

std::vector<std::string> patterns_of(const contract& rules) {
    std::vector<std::string> out;
    each_format(rules, [&](const token_format& f) { out.push_back(f.pattern()); });
    return out;
}

}  // namespace tollgate
