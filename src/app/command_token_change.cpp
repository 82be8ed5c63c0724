// `tollgate token update|rotate|finish-grace|disable|enable|revoke`.
#include "app/token_cli.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

struct update_options {
    std::string id, name, expires_in, expires_at;
    std::vector<std::string> scopes, allowed_ips;
    bool any_address = false, as_json = false;
};

struct rotate_options {
    std::string id, grace;
    bool as_json = false;
};

struct revoke_options {
    std::string id, api, owner, tenant, issued_before;
    bool yes = false, as_json = false;
    [[nodiscard]] bool many() const { return !owner.empty() || !tenant.empty() || !issued_before.empty(); }
};

int say(const cli_context& cli, const std::string& id, const result<json::value>& done, bool as_json) {
    if (!done) return cli.fail(fmt::format("{}: {}", inert(id), done.error().what));
    if (as_json) cli.out << json::serialize(*done) << '\n';
    else print_record(cli.out, *done);
    return exit_done;
}

int update(const cli_context& cli, const update_options& o) {
    json::object body;
    put(body, "name", o.name);
    put(body, "scopes", o.scopes);
    put(body, "allowed_ips", o.allowed_ips);
    put(body, "expires_in", o.expires_in);
    put(body, "expires_at", o.expires_at);
    if (o.any_address) body["allowed_ips"] = json::array();
    if (body.empty()) {
        cli.fail("nothing to change: say what, as in `tollgate token update ID --name NAME`");
        return exit_usage;
    }
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    return say(cli, o.id, gateway->patch(token_path(o.id), body), o.as_json);
}

int rotate(const cli_context& cli, const rotate_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    json::object body;
    put(body, "grace", o.grace);
    const auto done = gateway->post(token_path(o.id) + "/rotate", body);
    if (!done) return cli.fail(fmt::format("{}: {}", inert(o.id), done.error().what));
    print_text_once(cli, *done, o.as_json);
    return exit_done;
}

int post(const cli_context& cli, const one_token& o, const char* what) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    return say(cli, o.id, gateway->post(token_path(o.id) + what, json::object()), o.as_json);
}
int finish_grace(const cli_context& cli, const one_token& o) { return post(cli, o, "/finish-grace"); }
int disable(const cli_context& cli, const one_token& o) { return post(cli, o, "/disable"); }
int enable(const cli_context& cli, const one_token& o) { return post(cli, o, "/enable"); }

int revoke_one(const cli_context& cli, const management_client& gateway, const revoke_options& o) {
    const auto done = gateway.erase(token_path(o.id));
    if (!done) return cli.fail(fmt::format("{}: {}", inert(o.id), done.error().what));
    if (o.as_json) cli.out << json::serialize(json::object{{"id", o.id}, {"state", "revoked"}}) << '\n';
    else cli.out << o.id << " is revoked\n";
    return exit_done;
}

// Counts first; what is revoked then is exactly what was counted, or nothing.
int revoke_many(const cli_context& cli, const management_client& gateway, const revoke_options& o) {
    constexpr const char* path = "/api-tokens/revoke";
    json::object body{{"count_only", true}};
    put(body, "api", o.api);
    put(body, "owner", o.owner);
    put(body, "tenant", o.tenant);
    put(body, "issued_before", o.issued_before);
    const auto counted = gateway.post(path, body);
    if (!counted) return cli.fail(counted.error().what);
    const auto matched = cell(*counted, "matched");
    if (!o.yes) return cli.fail(fmt::format("{} tokens match, and none is revoked: add --yes to revoke them, for ever", matched));
    cli.err << matched << " tokens match\n";
    body["count_only"] = false;
    body["expected"] = counted->as_object().at("matched");
    const auto done = gateway.post(path, body);
    if (!done) return cli.fail(done.error().what);
    if (o.as_json) cli.out << json::serialize(*done) << '\n';
    else cli.out << cell(*done, "revoked") << " tokens are revoked\n";
    return exit_done;
}

int revoke(const cli_context& cli, const revoke_options& o) {
    if (o.id.empty() == !o.many()) {
        cli.fail("write either a token's id, or which tokens: --owner, --tenant, --issued-before");
        return exit_usage;
    }
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    return o.many() ? revoke_many(cli, *gateway, o) : revoke_one(cli, *gateway, o);
}

void add_update(CLI::App& token, cli_context& cli) {
    const auto o = std::make_shared<update_options>();
    auto* c =
        add_command(token, cli, "update", "change a token; its text stays, and what is not named stays too", [&cli, o] { return update(cli, *o); });
    c->add_option("id", o->id, "the token's id")->required();
    c->add_option("--name", o->name, "for people");
    c->add_option("--scope", o->scopes, "all that it is to have; may be given again")->expected(1)->take_all();
    auto* ips = c->add_option("--allowed-ip", o->allowed_ips, "all that it may come from; may be given again")->expected(1)->take_all();
    c->add_flag("--any-address", o->any_address, "it may come from anywhere")->excludes(ips);
    auto* in = c->add_option("--expires-in", o->expires_in, "from now on, like 15d, 6mo or never");
    c->add_option("--expires-at", o->expires_at, "like 2030-01-31T00:00:00Z")->excludes(in);
    c->add_flag("--json", o->as_json, "a JSON object");
}

void add_rotate(CLI::App& token, cli_context& cli) {
    const auto o = std::make_shared<rotate_options>();
    auto* c = add_command(token, cli, "rotate", "give a token a new text, which goes to stdout, this once", [&cli, o] { return rotate(cli, *o); });
    c->add_option("id", o->id, "the token's id")->required();
    c->add_option("--grace", o->grace, "how long the old text still works, like 24h; 0 for a leak; else the contract's");
    c->add_flag("--json", o->as_json, "the record with `token`");
}

void add_revoke(CLI::App& token, cli_context& cli) {
    const auto o = std::make_shared<revoke_options>();
    auto* c = add_command(token, cli, "revoke", "end a token, or all that match, at once and for ever", [&cli, o] { return revoke(cli, *o); });
    c->add_option("id", o->id, "the token's id");
    c->add_option("--api", o->api, "of many: of this API");
    c->add_option("--owner", o->owner, "of many: of this owner");
    c->add_option("--tenant", o->tenant, "of many: of this tenant");
    c->add_option("--issued-before", o->issued_before, "of many: older than this, like 2030-01-31T00:00:00Z");
    c->add_flag("--yes", o->yes, "of many: do it; else they are only counted");
    c->add_flag("--json", o->as_json, "a JSON object");
}

}  // namespace

void put(json::object& body, std::string_view name, const std::string& value) {
    if (!value.empty()) body[name] = value;
}

void put(json::object& body, std::string_view name, const std::vector<std::string>& values) {
    if (!values.empty()) body[name] = json::array(values.begin(), values.end());
}

void print_record(std::ostream& out, const json::value& record) {
    for (const auto& member : record.as_object()) {
        if (member.key() == "generations" || member.key() == "token") continue;
        out << fmt::format("{:<13} {}\n", std::string_view(member.key()), inert(cell(record, member.key())));
    }
}

void print_text_once(const cli_context& cli, const json::value& record, bool as_json) {
    if (as_json) {
        cli.out << json::serialize(record) << '\n';
        return;
    }
    print_record(cli.err, record);
    cli.err << "This is the only time that its text is shown:\n";
    cli.out << cell(record, "token") << '\n';
}

void add_one_token(
    CLI::App& token, cli_context& cli, const char* name, const char* help, int (*run)(const cli_context&, const one_token&), bool with_id) {
    const auto o = std::make_shared<one_token>();
    auto* c = add_command(token, cli, name, help, [&cli, o, run] { return run(cli, *o); });
    if (with_id) c->add_option("id", o->id, "the token's id")->required();
    c->add_flag("--json", o->as_json, "a JSON object");
}

void add_token_changes(CLI::App& token, cli_context& cli) {
    add_update(token, cli);
    add_rotate(token, cli);
    add_one_token(token, cli, "finish-grace", "end every replaced text of a token now", finish_grace, true);
    add_one_token(token, cli, "disable", "refuse a token until it is enabled again", disable, true);
    add_one_token(token, cli, "enable", "let a disabled token work again", enable, true);
    add_revoke(token, cli);
}

}  // namespace tollgate
