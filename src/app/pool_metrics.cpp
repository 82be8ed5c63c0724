#include "app/pool_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <string_view>

namespace tollgate {
namespace {

using board_list = std::vector<std::shared_ptr<pool_board>>;
using server_figure = std::function<std::uint64_t(const pool_view::place&)>;
using pool_figure = std::function<std::uint64_t(const pool_board&, const pool_view&)>;

class text {
 public:
    explicit text(const board_list& of) : boards_(of) {}
    void head(std::string_view name, std::string_view type, std::string_view help) {
        fmt::format_to(std::back_inserter(out), "# HELP tollgate_{} {}\n# TYPE tollgate_{} {}\n", name, help, name, type);
    }
    void servers(std::string_view name, std::string_view type, std::string_view help, const server_figure& of) {
        head(name, type, help);
        each_server([&](const pool_board& b, const pool_view::place& p) {
            fmt::format_to(std::back_inserter(out), "tollgate_{}{{{}}} {}\n", name, labels(b, p), of(p));
        });
    }
    void states(std::string_view name, std::string_view help) {
        constexpr std::array all{server_state::up, server_state::unhealthy, server_state::ejected, server_state::draining};
        head(name, "gauge", help);
        each_server([&](const pool_board& b, const pool_view::place& p) {
            for (const auto s : all)
                fmt::format_to(
                    std::back_inserter(out), "tollgate_{}{{{},state=\"{}\"}} {}\n", name, labels(b, p), to_string(s), p.state == s ? 1 : 0);
        });
    }
    void pools(std::string_view name, std::string_view type, std::string_view help, const pool_figure& of) {
        head(name, type, help);
        for (const auto& b : boards_) fmt::format_to(std::back_inserter(out), "tollgate_{}{{pool=\"{}\"}} {}\n", name, b->name, of(*b, *b->view()));
    }
    void shed(std::string_view name, std::string_view help) {
        using cell = pool_board::cell;
        constexpr std::array<std::pair<std::string_view, counter cell::*>, 4> reasons{{{"queue_full", &cell::queue_overflows},
            {"queue_timeout", &cell::queue_timeouts}, {"breaker", &cell::shed}, {"no_server", &cell::no_server}}};
        head(name, "counter", help);
        for (const auto& b : boards_)
            for (const auto& [why, figure] : reasons)
                fmt::format_to(std::back_inserter(out), "tollgate_{}{{pool=\"{}\",reason=\"{}\"}} {}\n", name, b->name, why, b->sum(figure));
    }
    void names(std::string_view name, std::string_view help, const std::function<std::size_t(const pool_view::name&)>& of) {
        head(name, "gauge", help);
        for (const auto& b : boards_) {
            const auto view = b->view();
            for (std::size_t i = 0; i < view->names.size(); ++i)
                if (first_of(*b, i))
                    fmt::format_to(std::back_inserter(out), "tollgate_{}{{pool=\"{}\",server=\"{}\"}} {}\n", name, b->name, b->servers[i].text(),
                        of(view->names[i]));
        }
    }
    std::string out;

 private:
    // A server may be written twice.
    static bool first_of(const pool_board& b, std::size_t i) {
        return std::none_of(b.servers.begin(), b.servers.begin() + static_cast<std::ptrdiff_t>(i),
            [text = b.servers[i].text()](const upstream_server& s) { return s.text() == text; });
    }
    void each_server(const std::function<void(const pool_board&, const pool_view::place&)>& f) const {
        for (const auto& b : boards_) {
            const auto view = b->view();
            for (const auto& p : view->servers) f(*b, p);
        }
    }
    static std::string labels(const pool_board& b, const pool_view::place& p) {
        return fmt::format("pool=\"{}\",server=\"{}\",address=\"{}\"", b.name, p.of->server, p.of->address);
    }
    const board_list& boards_;
};

}  // namespace

std::string write_pool_metrics(const board_list& boards) {
    using server_cell = pool_member::cell;
    using cell = pool_board::cell;
    text t(boards);
    const auto of_server = [](counter server_cell::* figure) { return [figure](const pool_view::place& p) { return p.of->sum(figure); }; };
    const auto of_pool = [](counter cell::* figure) { return [figure](const pool_board& b, const pool_view&) { return b.sum(figure); }; };
    t.servers("upstream_server_up", "gauge", "1 while the server is asked.", [](const auto& p) { return p.asked() ? 1u : 0u; });
    t.states("upstream_server_state", "1 for the state that the server is in.");
    t.names("upstream_server_addresses", "Addresses that the server's name stands for; 0: none yet, and it is not asked.",
        [](const auto& n) { return n.addresses; });
    t.names("upstream_server_resolved", "0: its name could not be resolved the last time, and keeps the addresses that it had.",
        [](const auto& n) { return n.resolved() ? std::size_t{1} : std::size_t{0}; });
    t.servers("upstream_server_requests_total", "counter", "Exchanges with the server, and connects that failed.", of_server(&server_cell::requests));
    t.servers("upstream_server_failures_total", "counter", "Those that failed, or were answered 502, 503 or 504.", of_server(&server_cell::failures));
    t.servers("upstream_server_connects_total", "counter", "Connections made to the server.", of_server(&server_cell::connections));
    t.servers("upstream_server_active", "gauge", "Requests that the server has under way.", of_server(&server_cell::active));
    t.servers("upstream_server_ejections_total", "counter", "Times that the server was left out for its failures.",
        [](const auto& p) { return p.of->ejections.load(std::memory_order_relaxed); });
    t.pools("upstream_pool_retries_total", "counter", "Requests that were sent again, on the budget.", of_pool(&cell::retries));
    t.pools("upstream_pool_queue_length", "gauge", "Requests that wait for a connection.", of_pool(&cell::queued));
    t.pools("upstream_pool_slots", "gauge", "Requests that the pool may have under way; 0: no bound.", of_pool(&cell::slots));
    t.pools("upstream_pool_breaker_open", "gauge", "1 while the pool is not asked, or only tried, because it fails.",
        [](const pool_board&, const pool_view& v) { return v.breaker == pool_breaker::state::closed ? 0u : 1u; });
    t.shed("upstream_pool_refused_total", "Requests refused with 503 before a server was asked, by reason.");
    return std::move(t.out);
}

}  // namespace tollgate
