#include "tollgate/net/pool_board.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <utility>

namespace tollgate {
namespace {

std::string text_of(const pool_member::endpoint& at) {
    asio::ip::tcp::endpoint tcp;
    if (at.size() > tcp.capacity()) return {};
    tcp.resize(at.size());
    std::copy_n(static_cast<const char*>(static_cast<const void*>(at.data())), at.size(), static_cast<char*>(static_cast<void*>(tcp.data())));
    const auto ip = tcp.address().to_string();
    return (tcp.address().is_v6() ? "[" + ip + "]" : ip) + ":" + std::to_string(tcp.port());
}

pool_view::place* same(std::vector<pool_view::place>& in, const upstream_server& s, const std::string& text, const pool_member::endpoint& at) {
    const bool by_tls = s.scheme == "https";
    const auto found =
        std::ranges::find_if(in, [&](const pool_view::place& p) { return p.of->server == text && p.of->by_tls == by_tls && p.of->at == at; });
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

std::vector<pool_member::endpoint> resolve_server(const upstream_server& server, std::string& why) {
    asio::io_context here;
    asio::ip::tcp::resolver resolver(here);
    boost::system::error_code ec;
    const auto found = resolver.resolve(server.host, std::to_string(server.port), ec);
    std::vector<pool_member::endpoint> out;
    if (!ec)
        for (const auto& entry : found) out.emplace_back(entry.endpoint());
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    if (out.empty()) why = "the name cannot be resolved: " + ec.message();
    return out;
}

pool_view lay_out(const pool_board& on, const std::vector<std::vector<pool_member::endpoint>>& found, const pool_view* before) {
    pool_view out;
    std::vector<pool_view::place> none;
    auto known = before != nullptr ? before->servers : none;
    for (std::size_t i = 0; i < on.servers.size(); ++i) {
        const auto& s = on.servers[i];
        const auto text = s.text();
        const bool drain = s.drain || s.weight == 0;
        for (const auto& at : found[i]) {
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

}  // namespace tollgate
