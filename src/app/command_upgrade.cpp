// `upgrade`: a new process takes over from the running one. What it says is the gateway's own answer.
#include "app/cli_context.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

int upgrade(const cli_context& cli, bool as_json) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto answer = gateway->post("/upgrade", json::object{});
    if (!answer) return cli.fail("the process that serves was not replaced: " + answer.error().what);
    if (as_json) cli.out << json::serialize(*answer) << '\n';
    else cli.out << inert(fmt::format("process {}: {}", cell(*answer, "process"), cell(*answer, "in_force"))) << '\n';
    return exit_done;
}

}  // namespace

void add_upgrade_command(CLI::App& app, cli_context& cli) {
    const auto as_json = std::make_shared<bool>(false);
    auto* command = add_command(app, cli, "upgrade", "start the program anew, and let it take over from the running one without losing a request",
        [&cli, as_json] { return upgrade(cli, *as_json); });
    command->add_flag("--json", *as_json, "a JSON object");
}

}  // namespace tollgate
