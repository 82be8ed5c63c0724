#include "tollgate/app/config.hpp"

#include "app/config_api.hpp"
#include "app/config_table.hpp"
#include "tollgate/model/ip_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace tollgate {
namespace {

const config_key* find_key(const config_section& section, std::string_view name) noexcept {
    const auto found = std::ranges::find(section.keys, name, &config_key::name);
    return found == section.keys.end() ? nullptr : &*found;
}

std::string unknown_key(const config_section& section, const std::string& name) {
    std::vector<std::string_view> known;
    for (const auto& key : section.keys)
        if (key.read != nullptr) known.push_back(key.name);
    const auto near = nearest(name, known);
    if (!near.empty()) return fmt::format("unknown key `{}`: did you mean `{}`?", name, near);
    return fmt::format("unknown key `{}`: write one of {}", name, fmt::join(known, ", "));
}

bool is_loopback(const std::string& address) {
    static const auto v4 = ip_block::parse("127.0.0.0/8"), v6 = ip_block::parse("::1");
    const auto parsed = ip_address::parse(address);
    return parsed && (v4->contains(*parsed) || v6->contains(*parsed));
}

void check_listeners(const config& c, problem_list& problems) {
    const auto add = [&](problem::level level, int line, std::string where, std::string what) {
        problems.add({level, c.file, line, std::move(where), std::move(what)});
    };
    if (c.listeners.empty())
        add(problem::level::error, 0, "$.listeners", "no listener: write at least one, like - { address: 127.0.0.1, port: 8080 }");
    std::map<std::pair<std::string, std::uint16_t>, int> seen;
    auto all = c.listeners;
    all.push_back(c.management.listener);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& one = all[i];
        const auto where = i < c.listeners.size() ? path_item("$.listeners", i) : std::string("$.management.listener");
        if (one.port != 0 && !seen.emplace(std::pair(one.address, one.port), one.line).second) {
            add(problem::level::error, one.line, where,
                fmt::format("{} port {} is taken by another listener of this file: write another port", one.address, one.port));
        }
        if (one.treat_as_secure && one.tls.enabled()) {
            add(problem::level::warning, one.line, where, "`treat_as_secure` says nothing beside `tls`: leave it out");
        } else if (one.treat_as_secure && !is_loopback(one.address)) {
            add(problem::level::warning, one.line, where,
                fmt::format("{} is not a loopback address: whoever reaches it without TLS shows its token to the network", one.address));
        }
    }
}

// A header that nobody may send would close a listener for good; proxies that anybody may be make every caller's word good.
void check_proxies(const config& c, problem_list& problems) {
    for (std::size_t i = 0; i < c.listeners.size(); ++i) {
        if (!c.listeners[i].proxy_protocol || !c.trusted_proxies.empty()) continue;
        problems.add({problem::level::error, c.file, c.listeners[i].line, path_item("$.listeners", i),
            "`proxy_protocol` takes connections of trusted proxies only, and there is none: write `trusted_proxies: [ ADDRESS ]`"});
    }
    constexpr unsigned mapped_bits = 96;
    for (const auto& block : c.trusted_proxies)
        if (block.prefix_bits == 0 || (block.prefix_bits == mapped_bits && block.base.is_v4()))
            problems.add({problem::level::warning, c.file, 0, "$.trusted_proxies",
                fmt::format("{} trusts everybody: any caller may then name the address that it comes from", block.text())});
}

void check_limits(const config& c, problem_list& problems) {
    if (c.limits.target_bytes <= c.limits.head_bytes) return;
    problems.add({problem::level::error, c.file, 0, "$.limits",
        "`target` is larger than `head`, which holds it: write a larger `head` or a smaller `target`"});
}

// A copy of the store must not hold what opens it.
void check_keys(const config& c, problem_list& problems) {
    constexpr std::string_view file = "file:";
    const auto store = (std::filesystem::path(c.store.path) / "").lexically_normal().string();
    if (!c.keys.master.starts_with(file) || !std::string_view(c.keys.master).substr(file.size()).starts_with(store)) return;
    problems.add({problem::level::error, c.file, c.keys.line, "$.keys.master",
        fmt::format("the master key lies inside of the store {}: write a path outside, so that a copy of the store does not hold it", c.store.path)});
}

void name_pools(config& c) {
    for (auto& api : c.apis)
        for (auto& pool : api.upstream) pool.name = pool.environment.empty() ? api.name : api.name + "/" + pool.environment;
}

}  // namespace

void read_section(config_place& at, const config_section& section, const node& value, void* into) {
    if (!value.is_mapping()) return at.error(value, fmt::format("`{}` holds keys: write `key: value` lines under it", section.name));
    for (const auto& [name, member] : value.members()) {
        const config_place::step down(at, name);
        const auto* key = find_key(section, name);
        if (key == nullptr) {
            at.error(member, unknown_key(section, name));
        } else if (key->read == nullptr) {
            at.error(member, fmt::format("`{}` is not enforced yet: {}", name, key->doc));
        } else {
            key->read(at, *key, member, into);
        }
    }
    for (const auto& key : section.keys)
        if (key.required && value.find(key.name) == nullptr)
            at.error(value, fmt::format("`{}` is missing: write `{}: {}`", key.name, key.name, key.example));
}

std::optional<config> read_config(const document& doc, problem_list& problems) {
    problem_list found;
    config out;
    out.file = doc.file;
    out.listeners.emplace_back();
    config_place at(doc.file, found);
    const bool empty = doc.root.what() == node::kind::null;
    if (!empty && !doc.root.is_mapping())
        at.error(doc.root, "a configuration is a mapping: write `key: value` lines, as in the sample (tollgate config --sample)");
    else if (!empty) read_section(at, config_root(), doc.root, &out);
    name_pools(out);
    check_listeners(out, found);
    check_proxies(out, found);
    check_limits(out, found);
    check_keys(out, found);
    check_apis(doc.file, out.apis, found);
    for (const auto& p : found.items()) problems.add(p);
    if (found.has_errors()) return std::nullopt;
    return out;
}

std::optional<config> load_config(const std::string& file, problem_list& problems) {
    const auto doc = load_document(file, problems);
    if (!doc) return std::nullopt;
    return read_config(*doc, problems);
}

}  // namespace tollgate
