#include "app/cli_context.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr const char* actors_path = "/actors";

struct actor_options {
    std::string id, api, name, environment, tenant;
    std::size_t limit = 1000;
    bool as_json = false;
};

// The id alone on stdout, so that it can go where it is needed.
int add(const cli_context& cli, const actor_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    json::object body{{"api", o.api}, {"name", o.name}};
    if (!o.environment.empty()) body["environment"] = o.environment;
    if (!o.tenant.empty()) body["tenant"] = o.tenant;
    const auto made = gateway->post(actors_path, body);
    if (!made) return cli.fail(made.error().what);
    cli.out << (o.as_json ? json::serialize(*made) : cell(*made, "id")) << '\n';
    return exit_done;
}

int list(const cli_context& cli, const actor_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto rows = gateway->all(actors_path, {{"api", o.api}, {"tenant", o.tenant}, {"environment", o.environment}}, o.limit);
    if (!rows) return cli.fail(rows.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*rows) << '\n';
        return exit_done;
    }
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : *rows)
        lines.push_back(
            {cell(row, "id"), cell(row, "api"), cell(row, "name"), cell(row, "environment"), cell(row, "tenant"), cell(row, "created_at")});
    print_table(cli.out, {"ID", "API", "NAME", "ENVIRONMENT", "TENANT", "CREATED"}, lines);
    return exit_done;
}

int remove(const cli_context& cli, const actor_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto done = gateway->erase(record_path(actors_path, o.id));
    if (!done) return cli.fail(fmt::format("{}: {}", inert(o.id), done.error().what));
    if (o.as_json) cli.out << json::serialize(json::object{{"id", o.id}, {"state", "removed"}}) << '\n';
    else cli.out << o.id << " is removed\n";
    return exit_done;
}

}  // namespace

void add_actor_commands(CLI::App& app, cli_context& cli) {
    auto* group = app.add_subcommand("actor", "keep the registry of actors, for whom tokens may act");
    group->fallthrough();
    group->require_subcommand(1);
    const auto options = std::make_shared<actor_options>();
    auto* added = add_command(*group, cli, "add", "register an actor; its id goes to stdout", [&cli, options] { return add(cli, *options); });
    added->add_option("--api", options->api, "in whose registry")->required();
    added->add_option("--name", options->name, "for people")->required();
    added->add_option("--environment", options->environment, "an environment of the contract");
    added->add_option("--tenant", options->tenant, "whose actor it is");
    added->add_flag("--json", options->as_json, "the record");
    auto* listed = add_command(*group, cli, "list", "actors, oldest first", [&cli, options] { return list(cli, *options); });
    listed->add_option("--api", options->api, "of this API");
    listed->add_option("--environment", options->environment, "of this environment");
    listed->add_option("--tenant", options->tenant, "of this tenant");
    listed->add_option("--limit", options->limit, "rows at most")->capture_default_str();
    listed->add_flag("--json", options->as_json, "a JSON array");
    auto* removed = add_command(*group, cli, "remove", "end an actor, at once and for ever", [&cli, options] { return remove(cli, *options); });
    removed->add_option("id", options->id, "the actor's id")->required();
    removed->add_flag("--json", options->as_json, "a JSON object");
}

}  // namespace tollgate
