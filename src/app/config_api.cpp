#include "app/config_api.hpp"

#include "app/config_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tollgate {
namespace {

constexpr std::size_t name_letters = 64;

bool is_name(std::string_view text) noexcept {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && text.size() <= name_letters && std::ranges::all_of(text, letter) && text.front() != '-' && text.back() != '-';
}

api_config& api_of(void* into) noexcept { return *static_cast<api_config*>(into); }

void add_host(config_place& at, api_config& api, const std::string& host, std::string environment, const node& value) {
    if (auto name = read_host(at, host, value)) api.hosts.push_back({std::move(*name), std::move(environment), value.line()});
}

void add_pool(config_place& at, api_config& api, std::string environment, const node& value) {
    auto& added = api.upstream.emplace_back();
    added.environment = std::move(environment);
    added.line = value.line();
    read_section(at, pool_section(), value, &added);
}

}  // namespace

void read_api_name(config_place& at, const config_key&, const node& value, void* into) {
    const auto name = read_text(at, value);
    if (!name) return;
    if (*name == "tollgate") return at.error(value, "`tollgate` is the gateway's own management API: write another name");
    if (!is_name(*name))
        return at.error(value, fmt::format("`{}` is no name for an API: write up to {} lower-case letters, digits and dashes", *name, name_letters));
    api_of(into).name = *name;
}

void read_api_hosts(config_place& at, const config_key&, const node& value, void* into) {
    auto& api = api_of(into);
    if (!value.is_mapping()) {
        const auto hosts = read_scalars(at, value);
        if (!hosts) return;
        for (const auto* host : *hosts) add_host(at, api, host->text(), {}, *host);
    }
    for (const auto& [host, environment] : value.members()) {
        const config_place::step down(at, host);
        if (const auto name = read_text(at, environment)) add_host(at, api, host, *name, environment);
    }
    if (api.hosts.empty() && value.members().empty() && value.items().empty()) at.error(value, "no host: write at least one, or \"*\"");
}

void read_api_upstream(config_place& at, const config_key&, const node& value, void* into) {
    auto& api = api_of(into);
    if (!value.is_mapping() || value.members().empty()) {
        return at.error(value, "no upstream: write { servers: [ \"http://127.0.0.1:9000\" ] }, or one such pool for each environment");
    }
    const auto named = [&](const config_key& key) { return value.find(key.name) != nullptr; };
    const bool pools = std::ranges::all_of(value.members(), [](const node::member& m) { return m.second.is_mapping(); });
    if (!pools || std::ranges::any_of(pool_section().keys, named)) return add_pool(at, api, {}, value);
    for (const auto& [environment, one] : value.members()) {
        const config_place::step down(at, environment);
        add_pool(at, api, environment, one);
    }
}

void read_api_unlisted(config_place& at, const config_key&, const node& value, void* into) {
    if (const auto choice = read_choice(at, value, {"refuse", "forward"}))
        api_of(into).unlisted = *choice == 0 ? unlisted_mode::refuse : unlisted_mode::forward;
}

void read_api_publish(config_place& at, const config_key&, const node& value, void* into) {
    if (const auto choice = read_choice(at, value, {"off", "token", "public"})) api_of(into).publish = static_cast<publish_mode>(*choice);
}

void read_api_unsupported_security(config_place& at, const config_key&, const node& value, void* into) {
    if (const auto choice = read_choice(at, value, {"refuse", "token"})) api_of(into).unsupported_security_is_token = *choice == 1;
}

void read_cors_origins(config_place& at, const config_key&, const node& value, void* into) {
    const auto origins = read_scalars(at, value);
    if (!origins) return;
    auto& cors = *static_cast<cors_rules*>(into);
    for (const auto* origin : *origins) {
        auto text = read_origin(at, *origin);
        if (!text) continue;
        cors.enabled = true;
        if (*text == "*") cors.any_origin = true;
        else cors.origins.push_back(std::move(*text));
    }
}

void check_apis(const std::string& file, const std::vector<api_config>& apis, problem_list& problems) {
    std::map<std::string, int> names, hosts;
    const auto error = [&](int line, std::size_t item, std::string what) {
        problems.add({problem::level::error, file, line, path_item("$.apis", item), std::move(what)});
    };
    for (std::size_t i = 0; i < apis.size(); ++i) {
        const auto& api = apis[i];
        if (const auto [seen, fresh] = names.emplace(api.name, api.line); !fresh && !api.name.empty()) {
            error(api.line, i, fmt::format("the API `{}` stands at line {} already: write another name", api.name, seen->second));
        }
        for (const auto& host : api.hosts)
            if (const auto [seen, fresh] = hosts.emplace(host.host, host.line); !fresh) {
                error(host.line, i,
                    fmt::format("the host `{}` stands at line {} already: a host leads to one API and environment", host.host, seen->second));
            }
        if (api.openapi.empty() && api.unlisted == unlisted_mode::refuse) {
            error(api.line, i, fmt::format("`{}` has no route: write `openapi: FILE`, or `unlisted: forward` for any valid token to pass", api.name));
        }
    }
}

}  // namespace tollgate
