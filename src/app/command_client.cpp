#include "app/cli_context.hpp"
#include "app/token_cli.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr const char* clients_path = "/clients";

struct client_options {
    std::string id, api, name, environment, tenant;
    std::vector<std::string> redirect_uris, grants, scopes;
    bool is_public = false, as_json = false;
    std::size_t limit = 1000;
};

std::string path_of(const client_options& o, std::string_view rest = {}) { return record_path(clients_path, o.id).append(rest); }

// The secret alone on stdout, the id and what else there is to say on stderr.
int print_secret(const cli_context& cli, const result<json::value>& made, const client_options& o) {
    if (!made) return cli.fail(made.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*made) << '\n';
        return exit_done;
    }
    const auto* text = made->as_object().if_contains("client_secret");
    if (text == nullptr) {
        cli.out << cell(*made, "id") << '\n';
        return exit_done;
    }
    cli.out << std::string_view(text->as_string()) << '\n';
    cli.err << "client_id " << cell(*made, "id") << "; its secret is on stdout, this once\n";
    return exit_done;
}

int add(const cli_context& cli, const client_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    json::object body{{"api", o.api}, {"name", o.name}};
    put(body, "redirect_uris", o.redirect_uris);
    put(body, "grants", o.grants);
    put(body, "scopes", o.scopes);
    put(body, "environment", o.environment);
    put(body, "tenant", o.tenant);
    if (o.is_public) body["public"] = true;
    return print_secret(cli, gateway->post(clients_path, body), o);
}

int list(const cli_context& cli, const client_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto rows = gateway->all(clients_path, {{"api", o.api}}, o.limit);
    if (!rows) return cli.fail(rows.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*rows) << '\n';
        return exit_done;
    }
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : *rows)
        lines.push_back({cell(row, "id"), cell(row, "api"), cell(row, "name"), cell(row, "public"), cell(row, "grants"), cell(row, "scopes"),
            cell(row, "state"), cell(row, "created_at")});
    print_table(cli.out, {"ID", "API", "NAME", "PUBLIC", "GRANTS", "SCOPES", "STATE", "CREATED"}, lines);
    return exit_done;
}

int show(const cli_context& cli, const client_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto record = gateway->get(path_of(o));
    if (!record) return cli.fail(fmt::format("{}: {}", inert(o.id), record.error().what));
    if (o.as_json) {
        cli.out << json::serialize(*record) << '\n';
        return exit_done;
    }
    std::vector<std::vector<std::string>> lines;
    for (const auto& member : record->as_object()) lines.push_back({std::string(member.key()), cell(*record, member.key())});
    print_table(cli.out, {"FIELD", "VALUE"}, lines);
    return exit_done;
}

int remove(const cli_context& cli, const client_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto done = gateway->erase(path_of(o));
    if (!done) return cli.fail(fmt::format("{}: {}", inert(o.id), done.error().what));
    if (o.as_json) cli.out << json::serialize(json::object{{"id", o.id}, {"state", "removed"}}) << '\n';
    else cli.out << o.id << " is removed\n";
    return exit_done;
}

int act(const cli_context& cli, const client_options& o, const char* what, const char* said) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto record = gateway->post(path_of(o, what), json::object());
    if (!record) return cli.fail(fmt::format("{}: {}", inert(o.id), record.error().what));
    if (o.as_json) cli.out << json::serialize(*record) << '\n';
    else cli.out << o.id << said << '\n';
    return exit_done;
}

int renew(const cli_context& cli, const client_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    return print_secret(cli, gateway->post(path_of(o, "/secret"), json::object()), o);
}

void one(CLI::App& group, cli_context& cli, const std::shared_ptr<client_options>& o, const char* name, const char* help,
    int (*run)(const cli_context&, const client_options&)) {
    auto* made = add_command(group, cli, name, help, [&cli, o, run] { return run(cli, *o); });
    made->add_option("id", o->id, "the client's id")->required();
    made->add_flag("--json", o->as_json, "the record");
}

}  // namespace

void add_client_commands(CLI::App& app, cli_context& cli) {
    auto* group = app.add_subcommand("client", "keep OAuth clients: programs that ask for tokens in somebody's name");
    group->fallthrough();
    group->require_subcommand(1);
    const auto o = std::make_shared<client_options>();
    auto* added = add_command(
        *group, cli, "add", "make a client; its secret goes to stdout, this once (a public one's id)", [&cli, o] { return add(cli, *o); });
    added->add_option("--api", o->api, "of which API")->required();
    added->add_option("--name", o->name, "for people: the consent page shows it")->required();
    added->add_flag("--public", o->is_public, "it can keep no secret: a program on users' own machines");
    added->add_option("--redirect-uri", o->redirect_uris, "where browsers are sent back to; may be repeated");
    added->add_option("--grant", o->grants, "authorization_code, refresh_token, password or client_credentials; may be repeated");
    added->add_option("--scope", o->scopes, "that it may ask for; may be repeated; else every one");
    added->add_option("--environment", o->environment, "of tokens that it gets for itself");
    added->add_option("--tenant", o->tenant, "likewise");
    added->add_flag("--json", o->as_json, "the record");
    auto* listed = add_command(*group, cli, "list", "clients, oldest first", [&cli, o] { return list(cli, *o); });
    listed->add_option("--api", o->api, "of this API");
    listed->add_option("--limit", o->limit, "rows at most")->capture_default_str();
    listed->add_flag("--json", o->as_json, "a JSON array");
    one(*group, cli, o, "show", "a client's record", show);
    one(*group, cli, o, "remove", "remove a client, at once and for ever; its access tokens end", remove);
    one(*group, cli, o, "disable", "refuse a client and its tokens",
        [](const cli_context& c, const client_options& u) { return act(c, u, "/disable", " is disabled"); });
    one(*group, cli, o, "enable", "take a client again",
        [](const cli_context& c, const client_options& u) { return act(c, u, "/enable", " is enabled"); });
    one(*group, cli, o, "secret", "a new secret, to stdout; the one before ends at once", renew);
}

}  // namespace tollgate
