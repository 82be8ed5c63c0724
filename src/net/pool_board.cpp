#include "tollgate/net/pool_board.hpp"

#include "tollgate/base/in_threads.hpp"
#include "tollgate/model/ip_address.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <utility>

namespace tollgate {
namespace {

constexpr std::size_t kAskedAtOnce = 16;  // threads that wait for a name server

std::string text_of(const pool_member::endpoint& at) {
    asio::ip::tcp::endpoint tcp;
    if (at.size() > tcp.capacity()) return {};
    tcp.resize(at.size());
    std::copy_n(static_cast<const char*>(static_cast<const void*>(at.data())), at.size(), static_cast<char*>(static_cast<void*>(tcp.data())));
    const auto ip = tcp.address().to_string();
    return (tcp.address().is_v6() ? "[" + ip + "]" : ip) + ":" + std::to_string(tcp.port());
}

bool is_of(const pool_member& m, const upstream_server& s, const std::string& text) { return m.server == text && m.by_tls == (s.scheme == "https"); }

pool_view::place* same(std::vector<pool_view::place>& in, const upstream_server& s, const std::string& text, const pool_member::endpoint& at) {
    const auto found = std::ranges::find_if(in, [&](const pool_view::place& p) { return is_of(*p.of, s, text) && p.of->at == at; });
    return found == in.end() ? nullptr : &*found;
}

}  // namespace

std::string upstream_server::text() const { return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port); }

pool_member::pool_member(const upstream_server& of, const endpoint& where, std::size_t threads)
    : server(of.text()), host(of.host), by_tls(of.scheme == "https"), at(where), address(text_of(where)), cells(threads) {}

std::uint64_t pool_member::sum(counter cell::* figure) const noexcept {
    std::uint64_t total = 0;
    for (const auto& c : cells) total += (c.*figure).get();
    return total;
}

pool_board::pool_board(std::string pool_name, std::vector<upstream_server> of, pool_rules by, std::size_t on_threads, const pool_board* before)
    : name(std::move(pool_name)),
      servers(std::move(of)),
      rules(std::move(by)),
      threads(on_threads),
      cells(before != nullptr && before->threads == on_threads ? before->cells : std::make_shared<std::vector<cell>>(on_threads)),
      view_(std::make_shared<const pool_view>()) {}

std::uint64_t pool_board::sum(counter cell::* figure) const noexcept {
    std::uint64_t total = 0;
    for (const auto& c : *cells) total += (c.*figure).get();
    return total;
}

std::shared_ptr<const pool_view> pool_board::view() const {
    const std::lock_guard lock(mutex_);
    return view_;
}

void pool_board::put_up(pool_view next) {
    auto made = std::make_shared<const pool_view>(std::move(next));
    const std::lock_guard lock(mutex_);
    view_ = std::move(made);
    version_.fetch_add(1, std::memory_order_release);
}

name_answer resolve_server(const upstream_server& server) {
    asio::io_context here;
    asio::ip::tcp::resolver resolver(here);
    boost::system::error_code ec;
    const auto found = resolver.resolve(server.host, std::to_string(server.port), ec);
    name_answer out;
    if (!ec)
        for (const auto& entry : found) out.at.emplace_back(entry.endpoint());
    std::ranges::sort(out.at);
    out.at.erase(std::ranges::unique(out.at).begin(), out.at.end());
    if (out.at.empty()) out.why = "the name cannot be resolved: " + ec.message();
    return out;
}

std::vector<name_answer> resolve_servers(const std::vector<upstream_server>& servers, const name_resolver& resolve) {
    std::vector<name_answer> out(servers.size());
    const auto names = std::ranges::count_if(servers, [](const upstream_server& s) { return !ip_address::parse(s.host); });
    in_threads(servers.size(), std::min(static_cast<std::size_t>(names), kAskedAtOnce), [&](std::size_t i) { out[i] = resolve(servers[i]); });
    return out;
}

pool_view lay_out(const pool_board& on, const std::vector<name_answer>& found, const pool_view* before) {
    pool_view out;
    std::vector<pool_view::place> none;
    auto known = before != nullptr ? before->servers : none;
    for (std::size_t i = 0; i < on.servers.size(); ++i) {
        const auto& s = on.servers[i];
        const auto text = s.text();
        const bool drain = s.drain || s.weight == 0;
        auto addresses = found[i].at;
        if (addresses.empty())
            for (const auto& p : known)
                if (is_of(*p.of, s, text)) addresses.push_back(p.of->at);
        out.names.push_back({addresses.size(), found[i].why});
        for (const auto& at : addresses) {
            if (auto* twice = same(out.servers, s, text, at); twice != nullptr) {  // it is written twice: it counts twice
                twice->weight += s.weight;
                continue;
            }
            const auto* kept = same(known, s, text, at);
            const bool fits = kept != nullptr && kept->of->cells.size() == on.threads;
            auto& place = out.servers.emplace_back();
            place.of = fits ? kept->of : std::make_shared<pool_member>(s, at, on.threads);
            place.weight = s.weight;
            place.drain = drain;
            place.state = drain ? server_state::draining : fits && !kept->drain ? kept->state : server_state::up;
        }
    }
    return out;
}

std::vector<std::string> without_address(const pool_board& of) {
    std::vector<std::string> out;
    const auto view = of.view();
    for (std::size_t i = 0; i < view->names.size(); ++i)
        if (view->names[i].addresses == 0) out.push_back(of.servers[i].text() + " of " + of.name);
    return out;
}

}  // namespace tollgate
