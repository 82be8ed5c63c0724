// `reload`: the running gateway reads its configuration, contracts and documents again. What it says is the gateway's own answer.
#include "app/cli_context.hpp"

namespace tollgate {
namespace {

int reload(const cli_context& cli, bool as_json) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto answer = gateway->post("/reload", json::object{});
    if (!answer) return cli.fail("nothing was changed: " + answer.error().what);
    if (as_json) {
        cli.out << json::serialize(*answer) << '\n';
        return exit_done;
    }
    if (const auto* warnings = answer->is_object() ? answer->get_object().if_contains("warnings") : nullptr;
        warnings != nullptr && warnings->is_array())
        for (const auto& w : warnings->get_array())
            if (w.is_string()) cli.err << inert(std::string_view(w.get_string())) << '\n';
    cli.out << inert(cell(*answer, "in_force")) << '\n';
    return exit_done;
}

}  // namespace

void add_reload_command(CLI::App& app, cli_context& cli) {
    const auto as_json = std::make_shared<bool>(false);
    auto* command = add_command(app, cli, "reload", "the running gateway takes up its configuration, contracts and documents anew, or none of them",
        [&cli, as_json] { return reload(cli, *as_json); });
    command->add_flag("--json", *as_json, "a JSON object");
}

}  // namespace tollgate
