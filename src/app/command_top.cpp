// `top`: what the running gateway does now, in the terminal; its own /metrics, read again and again.
#include "app/cli_context.hpp"
#include "app/metrics_view.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/net/unix_client.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <sstream>

namespace tollgate {
namespace {

struct top_wish {
    double interval_s = 2;
    std::size_t views = 0, rows = 10;
};

constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

int top(const cli_context& cli, const top_wish& o) {
    auto socket = cli.socket;
    if (socket.empty()) {
        const auto read = cli.read_configuration();
        if (!read) return cli.fail("no way to the running gateway: name its socket with --socket, or its configuration with --config");
        socket = read->management.socket;
    }
    const system_clock time;
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    std::vector<metric_sample> before;
    monotonic before_at{};
    for (std::size_t view = 0;; ++view) {
        const auto answer = http_over_unix(socket, {"GET", "/metrics", {}, {}});
        if (!answer) return cli.fail(answer.error().what);
        if (answer->status != 200) return cli.fail(fmt::format("the gateway answered {}", answer->status));
        auto now = read_metrics(answer->body);
        const auto now_at = time.ticks();
        if (view != 0) {
            std::ostringstream screen;  // written at once, so that nothing flickers
            write_metrics_view(screen, before, now, now_at - before_at, o.rows);
            cli.out << (terminal ? clear_screen : view > 1 ? "\n" : "") << screen.str() << std::flush;
            if (view == o.views || !cli.out) return exit_done;
        }
        before = std::move(now);
        before_at = now_at;
        ::poll(nullptr, 0, static_cast<int>(o.interval_s * 1000));
    }
}

}  // namespace

void add_top_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<top_wish>();
    auto* command = add_command(app, cli, "top", "what the running gateway does now: requests, refusals, times, upstreams; Ctrl-C ends it",
        [&cli, o] { return top(cli, *o); });
    command->add_option("--interval", o->interval_s, "seconds between two views")->check(CLI::Range(0.1, 3600.0))->capture_default_str();
    command->add_option("--views", o->views, "end after so many; 0: go on")->capture_default_str();
    command->add_option("--rows", o->rows, "of routes and of reasons")->check(CLI::Range(1, 1000))->capture_default_str();
}

}  // namespace tollgate
