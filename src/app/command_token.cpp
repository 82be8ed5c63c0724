#include "app/token_cli.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/secret.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

struct create_options {
    std::string api, name, kind, audience, environment, tenant, owner, expires_in, expires_at;
    std::vector<std::string> scopes, allowed_ips;
    bool as_json = false;
};

struct list_options {
    std::string api, owner, tenant, state, scope, q, expires_before, unused_for;
    std::size_t limit = 1000;
    bool as_json = false;
};

int create(const cli_context& cli, const create_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    json::object body{{"api", o.api}, {"name", o.name}};
    put(body, "kind", o.kind);
    put(body, "audience", o.audience);
    put(body, "environment", o.environment);
    put(body, "tenant", o.tenant);
    put(body, "owner", o.owner);
    put(body, "scopes", o.scopes);
    put(body, "allowed_ips", o.allowed_ips);
    put(body, "expires_in", o.expires_in);
    put(body, "expires_at", o.expires_at);
    const auto made = gateway->post(tokens_path, body);
    if (!made) return cli.fail(made.error().what);
    print_text_once(cli, *made, o.as_json);
    return exit_done;
}

int list(const cli_context& cli, const list_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const management_client::query filters{{"api", o.api}, {"owner", o.owner}, {"tenant", o.tenant}, {"state", o.state}, {"scope", o.scope},
        {"q", o.q}, {"expires_before", o.expires_before}, {"unused_for", o.unused_for}};
    const auto rows = gateway->all(tokens_path, filters, o.limit);
    if (!rows) return cli.fail(rows.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*rows) << '\n';
        return exit_done;
    }
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : *rows) {
        const auto label = cell(row, "label");
        lines.push_back(
            {cell(row, "id"), cell(row, "api"), cell(row, "name"), cell(row, "hint"), cell(row, "state"), label != "-" ? label : cell(row, "scopes"),
                cell(row, "created_at"), cell(row, "last_used_at"), cell(row, "last_used_ip"), cell(row, "expires_at")});
    }
    print_table(cli.out, {"ID", "API", "NAME", "HINT", "STATE", "SCOPES", "CREATED", "LAST USED", "FROM", "EXPIRES"}, lines);
    return exit_done;
}

int show(const cli_context& cli, const one_token& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto record = gateway->get(token_path(o.id));
    if (!record) return cli.fail(fmt::format("{}: {}", inert(o.id), record.error().what));
    if (o.as_json) cli.out << json::serialize(*record) << '\n';
    else print_record(cli.out, *record);
    return exit_done;
}

// One line of the input: in argv every process of the machine could read it.
secret read_secret(std::istream& in) {
    std::string line;
    char c = 0;
    while (line.size() < bounds::secret_bytes + 1 && in.get(c) && c != '\n') line += c;
    if (line.ends_with('\r')) line.pop_back();
    secret out(line);
    wipe(line.data(), line.size());
    return out;
}

int verify(const cli_context& cli, const one_token& o) {
    const auto text = read_secret(cli.in);
    if (text.empty()) return cli.fail("no token on the standard input: `tollgate token verify < FILE`");
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto answer = gateway->post("/api-tokens/verify", json::object{{"token", text.reveal()}});
    if (!answer) return cli.fail(answer.error().what);
    const bool valid = cell(*answer, "valid") == "true";
    const auto* record = answer->as_object().if_contains("record");
    if (o.as_json) {
        cli.out << json::serialize(*answer) << '\n';
    } else {
        cli.out << (valid ? std::string("valid") : "not valid: " + cell(*answer, "reason")) << '\n';
        if (record != nullptr && record->is_object()) print_record(cli.out, *record);
    }
    return valid ? exit_done : exit_failed;
}

void add_create(CLI::App& token, cli_context& cli) {
    const auto o = std::make_shared<create_options>();
    auto* c = add_command(token, cli, "create", "make a token; its text goes to stdout, this once", [&cli, o] { return create(cli, *o); });
    c->add_option("--api", o->api, "the API that it is for")->required();
    c->add_option("--name", o->name, "for people")->required();
    c->add_option("--kind", o->kind, "a kind of the contract; else its first");
    c->add_option("--audience", o->audience, "an audience of the contract");
    c->add_option("--environment", o->environment, "an environment of the contract");
    c->add_option("--tenant", o->tenant, "whose data it may reach");
    c->add_option("--owner", o->owner, "whom it stands for");
    c->add_option("--scope", o->scopes, "may be given again; else the contract's default")->expected(1)->take_all();
    c->add_option("--allowed-ip", o->allowed_ips, "address or CIDR block; may be given again")->expected(1)->take_all();
    auto* in = c->add_option("--expires-in", o->expires_in, "like 15d, 6mo or never");
    c->add_option("--expires-at", o->expires_at, "like 2030-01-31T00:00:00Z")->excludes(in);
    c->add_flag("--json", o->as_json, "the record with `token`");
}

void add_list(CLI::App& token, cli_context& cli) {
    const auto o = std::make_shared<list_options>();
    auto* c = add_command(token, cli, "list", "tokens, oldest first; never their text", [&cli, o] { return list(cli, *o); });
    c->add_option("--api", o->api, "of this API");
    c->add_option("--owner", o->owner, "of this owner");
    c->add_option("--tenant", o->tenant, "of this tenant");
    c->add_option("--state", o->state, "active, disabled or revoked")->check(CLI::IsMember({"active", "disabled", "revoked"}));
    c->add_option("--scope", o->scope, "that were given this scope");
    c->add_option("--q", o->q, "whose name, or a word in it, begins so");
    c->add_option("--expires-before", o->expires_before, "that end before a time like 2030-01-31T00:00:00Z, or within 14d");
    c->add_option("--unused-for", o->unused_for, "not let through for this long, like 90d; `ever`: never");
    c->add_option("--limit", o->limit, "rows at most")->capture_default_str();
    c->add_flag("--json", o->as_json, "a JSON array");
}

}  // namespace

void add_token_commands(CLI::App& app, cli_context& cli) {
    auto* token = app.add_subcommand("token", "make, list, show, change, rotate, disable, revoke and verify tokens");
    token->fallthrough();
    token->require_subcommand(1);
    add_create(*token, cli);
    add_list(*token, cli);
    add_one_token(*token, cli, "show", "one token's record; never its text", show, true);
    add_token_changes(*token, cli);
    add_one_token(*token, cli, "verify", "say whether the text on stdin is a token that works now", verify, false);
}

}  // namespace tollgate
