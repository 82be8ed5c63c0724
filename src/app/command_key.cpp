#include "app/cli_context.hpp"

namespace tollgate {
namespace {

constexpr const char* keys_path = "/keys";

struct key_options {
    bool at_once = false, as_json = false;
};

int list(const cli_context& cli, const key_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto rows = gateway->all(keys_path, {}, 1000);
    if (!rows) return cli.fail(rows.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*rows) << '\n';
        return exit_done;
    }
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : *rows) lines.push_back({cell(row, "id"), cell(row, "state"), cell(row, "created_at"), cell(row, "verifies_until")});
    print_table(cli.out, {"ID", "STATE", "CREATED", "VERIFIES UNTIL"}, lines);
    return exit_done;
}

int rotate(const cli_context& cli, const key_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto made = gateway->post("/keys/rotate", o.at_once ? json::object{{"at_once", true}} : json::object{});
    if (!made) return cli.fail(made.error().what);
    if (o.as_json) cli.out << json::serialize(*made) << '\n';
    else cli.out << "key " << cell(*made, "id") << " signs from now on" << (o.at_once ? "; what older keys signed has ended" : "") << '\n';
    return exit_done;
}

}  // namespace

void add_key_commands(CLI::App& app, cli_context& cli) {
    auto* group = app.add_subcommand("key", "the keys that sign access and refresh tokens, derived from keys.master");
    group->fallthrough();
    group->require_subcommand(1);
    const auto options = std::make_shared<key_options>();
    auto* listed = add_command(*group, cli, "list", "keys, oldest first", [&cli, options] { return list(cli, *options); });
    listed->add_flag("--json", options->as_json, "a JSON array");
    auto* rotated = add_command(*group, cli, "rotate", "a new key signs; those before verify until what they signed has ended",
        [&cli, options] { return rotate(cli, *options); });
    rotated->add_flag(
        "--at-once", options->at_once, "end every access and refresh token that was issued: for a leaked master key, after it was replaced");
    rotated->add_flag("--json", options->as_json, "the new key's record");
}

}  // namespace tollgate
