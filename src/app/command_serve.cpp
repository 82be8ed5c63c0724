#include "app/cli_context.hpp"
#include "app/predecessor.hpp"
#include "tollgate/app/demo.hpp"
#include "tollgate/app/serve.hpp"
#include "tollgate/app/service_manager.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/telemetry/log_writer.hpp"

namespace tollgate {
namespace {

constexpr int standard_error = 2;

// To whoever has started this process: the first of the errors that were printed.
void say_why(predecessor& before, const problem_list& problems) {
    for (const auto& p : problems.items()) {
        if (p.severity != problem::level::error) continue;
        if (before.was_there()) before.fail(p.text());
        else if (const auto manager = service_manager::of_environment()) manager->status("Does not start: " + p.text());
        return;
    }
}

int serve(const cli_context& cli) {
    auto before = predecessor::of_environment();
    if (before.was_there())
        if (const auto met = before.meet(); !met) {
            before.fail(met.error().what);
            return cli.fail(met.error().what);
        }
    problem_list problems;
    auto settings = load_config(cli.config_file, problems);
    cli.print_problems(problems);
    if (!settings) {
        say_why(before, problems);
        return exit_failed;
    }
    if (!cli.socket.empty()) {
        settings->management.socket = cli.socket;
        settings->management.socket_given = true;
    }
    const system_clock time;
    log_writer log(standard_error, time);
    return run_server(*settings, {cli.command, before.was_there() ? &before : nullptr}, log);
}

}  // namespace

void add_serve_command(CLI::App& app, cli_context& cli) {
    add_command(app, cli, "serve", "run in the foreground; SIGHUP reloads, SIGUSR2 upgrades, SIGTERM drains, a second one ends at once",
        [&cli] { return serve(cli); });
}

void add_demo_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<demo_options>();
    auto* c = add_command(
        app, cli, "demo", "every shipped API over a sample upstream, in a temporary directory", [&cli, o] { return run_demo(*o, cli.out, cli.err); });
    c->add_option("--gateway", o->gateway, "where callers connect; port 0 picks one")->type_name("ADDRESS:PORT")->capture_default_str();
    c->add_option("--console", o->console, "where /metrics and the management API are; port 0 picks one")
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    c->add_flag("--json", o->json, "one line when ready, for programs");
}

}  // namespace tollgate
