// `servers` -> base paths.
#include "rules/openapi_servers.hpp"

#include "tollgate/rules/route_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate::openapi {

namespace {

// The URL with every described variable replaced by its default.
std::string fill_in(reader& in, const place& server, std::string url) {
    const auto variables = in.mapping(server, "variables");
    if (!variables) return url;
    for (const auto& [name, description] : variables->value->members()) {
        const auto* value = description.find("default");
        if (value == nullptr || !value->is_scalar()) {
            in.error(reader::member(*variables, name), "a server variable has no default; write `default: …`");
            continue;
        }
        const auto braces = fmt::format("{{{}}}", name);
        for (auto at = url.find(braces); at != url.npos; at = url.find(braces, at + value->text().size()))
            url.replace(at, braces.size(), value->text());
    }
    return url;
}

// What of a URL is its path, with '/' in front, and none at the end.
std::string path_of(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    const auto scheme = url.find("://");
    if (scheme != url.npos || url.starts_with("//")) {
        url.remove_prefix(scheme != url.npos ? scheme + 3 : 2);
        url.remove_prefix(std::min(url.find('/'), url.size()));
    }
    if (url.starts_with("./")) url.remove_prefix(1);
    if (url == ".") url = {};
    while (url.ends_with('/')) url.remove_suffix(1);
    std::string out(url);
    if (!out.empty() && out.front() != '/') out.insert(0, 1, '/');
    return out;
}

std::optional<std::string> base_path(reader& in, const place& server) {
    const auto url = reader::member(server, "url");
    if (!url || !url.value->is_string()) {
        in.error(url, "a server has no URL; write `url: https://host/base`");
        return std::nullopt;
    }
    auto base = path_of(fill_in(in, server, url.value->text()));
    if (base.empty()) return base;
    if (base.find_first_of("{}") != base.npos) {
        in.error(url, fmt::format("base path '{}' holds a variable without a default; give it one under `variables`", base));
        return std::nullopt;
    }
    if (const auto why = route_table::check_template(base); !why.empty()) {
        in.error(url, fmt::format("base path '{}': {}", base, why));
        return std::nullopt;
    }
    return base;
}

}  // namespace

std::optional<std::vector<std::string>> base_paths(reader& in, const place& holder) {
    const auto servers = in.sequence(holder, "servers");
    if (!servers || servers->value->items().empty()) return std::nullopt;
    std::vector<std::string> out;
    for (const auto& server : reader::items(*servers)) {
        auto base = base_path(in, server);
        if (base && std::find(out.begin(), out.end(), *base) == out.end()) out.push_back(*std::move(base));
    }
    return out;
}

}  // namespace tollgate::openapi
