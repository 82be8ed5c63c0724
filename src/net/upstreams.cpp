#include "tollgate/net/upstreams.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <netinet/tcp.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::uint64_t kDownTicks = std::chrono::seconds(1) / timer_wheel::tick;

}  // namespace

std::vector<upstream_server> resolve_server(const std::string& url, std::string& why) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) {
        why = "an upstream server is written http://host:port";
        return {};
    }
    std::string authority = url.substr(scheme.size());
    if (const auto slash = authority.find('/'); slash != std::string::npos) {
        if (slash + 1 != authority.size()) {
            why = "an upstream server has no path; the API's own paths are forwarded as they are";
            return {};
        }
        authority.resize(slash);
    }
    const auto colon = authority.rfind(':');
    const bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
    std::string host = authority.substr(0, has_port ? colon : std::string::npos);
    const std::string port = has_port ? authority.substr(colon + 1) : "80";
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);

    asio::io_context here;
    asio::ip::tcp::resolver resolver(here);
    error_code ec;
    const auto found = resolver.resolve(host, port, ec);
    if (ec || found.empty()) {
        why = "the name cannot be resolved: " + ec.message();
        return {};
    }
    std::vector<upstream_server> servers;
    for (const auto& entry : found) servers.push_back({authority, host, entry.endpoint()});
    return servers;
}

upstream_set::upstream_set(loop& on, timer_wheel& wheel, const upstream_pool_settings& settings, std::chrono::milliseconds keep_idle)
    : loop_(on), wheel_(wheel), settings_(settings), keep_idle_(keep_idle), down_until_(settings.servers.size(), 0) {
    for (const auto& s : settings.servers) sessions_.push_back(s.tls ? std::make_shared<tls_session_slot>() : nullptr);
    idle_.reserve(bounds::idle_upstreams_per_server * settings.servers.size());
}

std::unique_ptr<upstream_connection> upstream_set::take_idle() {
    while (!idle_.empty()) {
        auto c = std::move(idle_.back());
        idle_.pop_back();
        if (c->bytes.quiet()) {
            c->reused = true;
            return c;
        }
    }
    return nullptr;
}

task<upstream_set::acquired> upstream_set::connect(std::chrono::milliseconds within) {
    acquired out;
    const auto count = static_cast<std::uint32_t>(settings_.servers.size());
    for (std::uint32_t tries = 0; tries < count; ++tries) {
        const std::uint32_t index = next_++ % count;
        const bool others_left = tries + 1 < count;
        if (down_until_[index] > wheel_.now_tick() && others_left) continue;
        auto connection = std::make_unique<upstream_connection>(loop_, wheel_, index);
        connection->bytes.read_within(within);
        const auto& server = settings_.servers[index];
        error_code ec = co_await connection->bytes.connect(server.at);
        if (!ec && server.tls) ec = co_await meet_server(connection->bytes, *server.tls, server.host, sessions_[index]);
        const bool late = connection->bytes.read_expired();
        connection->bytes.no_read_deadline();
        if (!ec) {
            down_until_[index] = 0;
            out.connection = std::move(connection);
            co_return out;
        }
        down_until_[index] = wheel_.now_tick() + kDownTicks;
        out.why = late ? refusal::upstream_timeout : refusal::upstream_unavailable;
    }
    co_return out;
}

void upstream_set::give_back(std::unique_ptr<upstream_connection> c) {
    if (idle_.size() == idle_.capacity()) return;
    c->bytes.no_read_deadline();
    c->bytes.no_write_deadline();
    c->idle_since = wheel_.now_tick();
    idle_.push_back(std::move(c));
}

void upstream_set::close_idle() noexcept { idle_.clear(); }

void upstream_set::reap() noexcept {
    const auto limit = static_cast<std::uint64_t>(keep_idle_ / timer_wheel::tick);
    // The longest idle are in front: last in, first out keeps them there.
    const auto fresh = std::find_if(idle_.begin(), idle_.end(), [&](const auto& c) { return c->idle_since + limit > wheel_.now_tick(); });
    idle_.erase(idle_.begin(), fresh);
}

bool upstream_set::any_up() const noexcept {
    return std::any_of(down_until_.begin(), down_until_.end(), [this](auto until) { return until <= wheel_.now_tick(); });
}

}  // namespace tollgate
