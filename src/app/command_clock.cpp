#include "app/cli_context.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

int print(const cli_context& cli, const result<json::value>& answer, bool as_json) {
    if (!answer) return cli.fail(answer.error().what);
    if (as_json) cli.out << json::serialize(*answer) << '\n';
    else
        cli.out << fmt::format("the machine's clock  {}\ndecided by           {}\ndeleted by           {}\n", cell(*answer, "system"),
            cell(*answer, "now"), cell(*answer, "settled"));
    return exit_done;
}

int show(const cli_context& cli, bool as_json) {
    const auto gateway = cli.gateway();
    return gateway ? print(cli, gateway->get("/clock", {}), as_json) : exit_failed;
}

int accept(const cli_context& cli, bool as_json) {
    const auto gateway = cli.gateway();
    return gateway ? print(cli, gateway->post("/clock/accept", json::object{}), as_json) : exit_failed;
}

}  // namespace

void add_clock_command(CLI::App& app, cli_context& cli) {
    auto* group = app.add_subcommand("clock", "the time that the gateway goes by, beside the machine's clock");
    group->fallthrough();
    group->require_subcommand(1);
    const auto as_json = std::make_shared<bool>(false);
    auto* shown =
        add_command(*group, cli, "show", "both, and the time that what has ended is deleted by", [&cli, as_json] { return show(cli, *as_json); });
    shown->add_flag("--json", *as_json, "a JSON object");
    auto* accepted =
        add_command(*group, cli, "accept", "the machine's clock is right, also where it was set back: what had ended by a later time works again",
            [&cli, as_json] { return accept(cli, *as_json); });
    accepted->add_flag("--json", *as_json, "a JSON object");
}

}  // namespace tollgate
