#include "app/in_force.hpp"

#include "tollgate/app/master_key.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <span>

namespace tollgate {
namespace {

constexpr std::size_t least_secret = 32;  // bytes; of a hash's size (RFC 2104 §3)

bool same_listener(const listener_config& a, const listener_config& b) {
    return a.address == b.address && a.port == b.port && a.treat_as_secure == b.treat_as_secure && a.proxy_protocol == b.proxy_protocol;
}

// What differs, and is made once: sockets, the store, threads and their buffers.
std::vector<std::string_view> fixed_at_start(const config& a, const config& b) {
    std::vector<std::string_view> out;
    const auto look = [&](bool same, std::string_view key) {
        if (!same) out.push_back(key);
    };
    look(std::ranges::equal(a.listeners, b.listeners, same_listener), "listeners");
    look(a.management.socket == b.management.socket, "management.socket");
    look(same_listener(a.management.listener, b.management.listener), "management.listener");
    look(a.store.path == b.store.path, "store.path");
    look(a.store.cache_bytes == b.store.cache_bytes, "store.cache");
    look(a.keys.master == b.keys.master, "keys.master");
    look(a.threads == b.threads, "threads");
    look(a.limits.head_bytes == b.limits.head_bytes, "limits.head");
    look(a.audit.retention == b.audit.retention, "audit.retention");
    look(a.access_log.to == b.access_log.to, "access_log.path (between a file, stdout and off)");
    return out;
}

failure first_of(const problem_list& problems) {
    for (const auto& p : problems.items())
        if (p.severity == problem::level::error) return {errc::invalid, p.text()};
    return {errc::invalid, "the configuration has problems"};
}

}  // namespace

std::vector<std::string> in_force::api_names() const {
    std::vector<std::string> names;
    for (const auto& a : built.book->apis()) names.push_back(a->name);
    return names;
}

std::string in_force::summary() const {
    std::size_t routes = 0;
    for (const auto& wish : settings.apis) routes += built.book->by_name(wish.name)->routes.routes().size();
    return fmt::format("Serving {} API{}, {} route{}", settings.apis.size(), settings.apis.size() == 1 ? "" : "s", routes, routes == 1 ? "" : "s");
}

result<std::shared_ptr<in_force>> make_in_force(config settings, const numbering& numbers, const tls_needs& tls, problem_list& problems) {
    auto book = build_rulebook(settings, numbers, problems);
    auto files = load_tls(settings, tls, problems);
    if (!book || !files) return first_of(problems);
    return std::make_shared<in_force>(in_force{std::move(settings), std::move(*book), std::move(*files), {}});
}

result<std::shared_ptr<in_force>> read_again(const config& before, const numbering& numbers, const tls_needs& tls, problem_list& problems) {
    auto next = load_config(before.file, problems);
    if (!next) return first_of(problems);
    if (before.management.socket_given) {
        next->management.socket = before.management.socket;
        next->management.socket_given = true;
    }
    const auto fixed = fixed_at_start(before, *next);
    if (!fixed.empty())
        return failure{errc::wrong_state, fmt::format("{} cannot change while it runs: restart, or take the change back", fmt::join(fixed, ", "))};
    return make_in_force(std::move(*next), numbers, tls, problems);
}

namespace {

result<std::shared_ptr<const hmac_key>> read_pool_secret(const pool_config& p) {
    const auto what = fmt::format("the secret of the pool {}", p.name);
    const auto text = read_secret(p.secret, what);
    if (!text) return text.error();
    if (text->reveal().size() < least_secret)
        return failure{errc::invalid,
            fmt::format("{} has {} bytes, fewer than {}: make one with openssl rand -hex 32", what, text->reveal().size(), least_secret)};
    return std::make_shared<const hmac_key>(std::span(reinterpret_cast<const std::uint8_t*>(text->reveal().data()), text->reveal().size()));
}

bool has(const pool_board* before, const upstream_server& s) {
    return before != nullptr &&
        std::ranges::any_of(before->servers, [&](const upstream_server& was) { return was.scheme == s.scheme && was.text() == s.text(); });
}

result<std::shared_ptr<pool_board>> make_board(
    const pool_config& p, const std::vector<name_answer>& found, std::size_t threads, const pool_board* before, unresolved then) {
    auto servers = servers_of(p);
    for (std::size_t i = 0; i < servers.size(); ++i)
        if (found[i].at.empty() && then == unresolved::is_an_error && !has(before, servers[i]))
            return failure{errc::invalid, "the upstream server " + servers[i].text() + " of " + p.name + ": " + found[i].why};
    auto rules = p.rules;
    if (rules.health) rules.health->host = p.host;
    auto board = std::make_shared<pool_board>(p.name, std::move(servers), std::move(rules), threads, before);
    board->put_up(lay_out(*board, found, before != nullptr ? before->view().get() : nullptr));
    return board;
}

}  // namespace

std::vector<upstream_server> servers_of(const pool_config& p) {
    std::vector<upstream_server> out;
    for (const auto& s : p.servers) out.push_back({s.scheme, s.host, s.port, s.weight, s.drain});
    return out;
}

result<std::vector<upstream_pool_settings>> make_pools(const std::vector<pool_config>& from, const tls_setup& tls, std::size_t threads,
    const std::vector<std::shared_ptr<pool_board>>& before, unresolved then, const name_resolver& resolve) {
    std::vector<upstream_server> all;
    for (const auto& p : from) std::ranges::copy(servers_of(p), std::back_inserter(all));
    auto found = resolve_servers(all, resolve);
    auto of_pool = found.begin();
    std::vector<upstream_pool_settings> pools;
    for (const auto& p : from) {
        const std::vector<name_answer> mine(of_pool, of_pool + static_cast<std::ptrdiff_t>(p.servers.size()));
        of_pool += static_cast<std::ptrdiff_t>(p.servers.size());
        upstream_pool_settings settings{p.host};
        if (!p.secret.empty()) {
            auto key = read_pool_secret(p);
            if (!key) return key.error();
            settings.secret = std::move(*key);
        }
        const auto was = std::ranges::find(before, p.name, [](const auto& b) { return b->name; });
        auto board = make_board(p, mine, threads, was != before.end() ? was->get() : nullptr, then);
        if (!board) return board.error();
        if (const auto by = tls.upstreams.find(p.name); by != tls.upstreams.end()) (*board)->tls = by->second;
        settings.board = std::move(*board);
        pools.push_back(std::move(settings));
    }
    return pools;
}

result<int> open_access_log(const access_log_config& c) {
    if (c.to == access_log_config::kind::off) return -1;
    if (c.to == access_log_config::kind::standard_output) return STDOUT_FILENO;
    const int fd = ::open(c.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) return failure{errc::io, "the access log " + c.path + " cannot be opened: " + std::strerror(errno)};
    return fd;
}

}  // namespace tollgate
