#include "app/cli_context.hpp"
#include "app/password_input.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr const char* users_path = "/users";

struct user_options {
    std::string id, api, user_name, email, first_name, last_name, tenant, subject, role, q, code;
    std::uint64_t number = 0;
    bool email_verified = false, with_password = false, remove = false, as_json = false;
    std::size_t limit = 1000;
};

std::string path_of(const user_options& o, std::string_view rest = {}) { return record_path(users_path, o.id).append(rest); }

int print_user(const cli_context& cli, const result<json::value>& record, const user_options& o, std::string_view said) {
    if (!record) return cli.fail(record.error().what);
    if (o.as_json) cli.out << json::serialize(*record) << '\n';
    else cli.out << inert(cell(*record, "id")) << said << '\n';
    return exit_done;
}

void put_text(json::object& body, const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
}

// The id alone on stdout, so that it can go where it is needed.
int add(const cli_context& cli, const user_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    json::object body{{"api", o.api}};
    put_text(body, "user_name", o.user_name);
    put_text(body, "email", o.email);
    put_text(body, "first_name", o.first_name);
    put_text(body, "last_name", o.last_name);
    put_text(body, "tenant", o.tenant);
    put_text(body, "subject", o.subject);
    put_text(body, "role", o.role);
    if (o.number != 0) body["number"] = o.number;
    if (o.email_verified) body["email_verified"] = true;
    if (o.with_password) {
        const auto password = read_password(cli.in, cli.err, "Password: ");
        if (!password) return cli.fail(password.error().what);
        body["password"] = password->reveal();
    }
    return print_user(cli, gateway->post(users_path, body), o, "");
}

int list(const cli_context& cli, const user_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto rows = gateway->all(users_path, {{"api", o.api}, {"tenant", o.tenant}, {"q", o.q}}, o.limit);
    if (!rows) return cli.fail(rows.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*rows) << '\n';
        return exit_done;
    }
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : *rows)
        lines.push_back({cell(row, "id"), cell(row, "api"), cell(row, "user_name"), cell(row, "email"), cell(row, "role"), cell(row, "state"),
            cell(row, "second_factor"), cell(row, "created_at")});
    print_table(cli.out, {"ID", "API", "USER NAME", "EMAIL", "ROLE", "STATE", "2ND FACTOR", "CREATED"}, lines);
    return exit_done;
}

int show(const cli_context& cli, const user_options& o) {
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

// Tokens in a user's name are keys of their own: they go on when the user is stopped, until somebody stops them too. Says so on stderr.
void tell_of_tokens(const cli_context& cli, const management_client& gateway, const result<json::value>& user) {
    if (!user) return;
    const auto owner = cell(*user, "subject"), tenant = cell(*user, "tenant");
    json::object body{{"api", cell(*user, "api")}, {"owner", owner}, {"count_only", true}};
    if (tenant != "-") body["tenant"] = tenant;
    const auto found = gateway.post("/api-tokens/revoke", body);
    if (!found) return;
    const auto count = cell(*found, "matched");
    if (count == "0") return;
    cli.err << fmt::format("{} in this user's name {} on working; to revoke: tollgate token revoke --api {} --owner {}{}\n",
        count == "1" ? "1 token" : count + " tokens", count == "1" ? "goes" : "go", inert(cell(*user, "api")), inert(owner),
        tenant == "-" ? "" : " --tenant " + inert(tenant));
}

int remove(const cli_context& cli, const user_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto record = gateway->get(path_of(o));
    const auto done = gateway->erase(path_of(o));
    if (!done) return cli.fail(fmt::format("{}: {}", inert(o.id), done.error().what));
    if (o.as_json) cli.out << json::serialize(json::object{{"id", o.id}, {"state", "removed"}}) << '\n';
    else cli.out << o.id << " is removed\n";
    tell_of_tokens(cli, *gateway, record);
    return exit_done;
}

int disable(const cli_context& cli, const user_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto record = gateway->post(path_of(o, "/disable"), json::object());
    const auto code = print_user(cli, record, o, " is locked out");
    tell_of_tokens(cli, *gateway, record);
    return code;
}

int act(const cli_context& cli, const user_options& o, const char* what, const char* said) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    return print_user(cli, gateway->post(path_of(o, what), json::object()), o, said);
}

int passwd(const cli_context& cli, const user_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto password = read_password(cli.in, cli.err, "New password: ");
    if (!password) return cli.fail(password.error().what);
    return print_user(
        cli, gateway->patch(path_of(o), json::object{{"password", password->reveal()}}), o, " has a new password; its sessions have ended");
}

// The secret alone on stdout, the rest on stderr; it counts once `--confirm` has shown that the authenticator has it.
int totp(const cli_context& cli, const user_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    if (o.remove) {
        const auto done = gateway->erase(path_of(o, "/totp"));
        if (!done) return cli.fail(fmt::format("{}: {}", inert(o.id), done.error().what));
        cli.out << o.id << " has no second factor any more\n";
        return exit_done;
    }
    if (!o.code.empty())
        return print_user(
            cli, gateway->post(path_of(o, "/totp/confirm"), json::object{{"code", o.code}}), o, " signs in with a second factor from now on");
    const auto made = gateway->post(path_of(o, "/totp"), json::object());
    if (!made) return cli.fail(made.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*made) << '\n';
        return exit_done;
    }
    const auto& factor = made->at("totp").as_object();
    cli.out << std::string_view(factor.at("secret").as_string()) << '\n';
    cli.err << "For an authenticator: " << std::string_view(factor.at("uri").as_string()) << "\nRecovery codes, each good once:\n";
    for (const auto& code : factor.at("recovery_codes").as_array()) cli.err << "  " << std::string_view(code.as_string()) << '\n';
    cli.err << "It counts once it is confirmed: tollgate user totp " << o.id << " --confirm CODE\n";
    return exit_done;
}

CLI::App* one(CLI::App& group, cli_context& cli, const std::shared_ptr<user_options>& o, const char* name, const char* help,
    int (*run)(const cli_context&, const user_options&)) {
    auto* made = add_command(group, cli, name, help, [&cli, o, run] { return run(cli, *o); });
    made->add_option("id", o->id, "the user's id")->required();
    made->add_flag("--json", o->as_json, "the record");
    return made;
}

void add_adding(CLI::App& group, cli_context& cli, const std::shared_ptr<user_options>& o) {
    auto* added = add_command(group, cli, "add", "make a user; the id goes to stdout", [&cli, o] { return add(cli, *o); });
    added->add_option("--api", o->api, "whose user; `tollgate` for operators")->required();
    added->add_option("--user-name", o->user_name, "what is typed to sign in; else the email");
    added->add_option("--email", o->email, "an address");
    added->add_flag("--email-verified", o->email_verified, "the address is known to be the user's");
    added->add_option("--first-name", o->first_name, "for people");
    added->add_option("--last-name", o->last_name, "for people");
    added->add_option("--tenant", o->tenant, "whose user it is, where the API has tenants");
    added->add_option("--subject", o->subject, "whom the upstream is told; else the id");
    added->add_option("--number", o->number, "of a user who is numbered elsewhere; else the next one");
    added->add_option("--role", o->role, "of operators: viewer, operator or owner");
    added->add_flag("--password", o->with_password, "ask for a password, or read one line of stdin");
    added->add_flag("--json", o->as_json, "the record");
}

}  // namespace

void add_user_commands(CLI::App& app, cli_context& cli) {
    auto* group = app.add_subcommand("user", "keep those who sign in: users of the APIs, and operators");
    group->fallthrough();
    group->require_subcommand(1);
    const auto o = std::make_shared<user_options>();
    add_adding(*group, cli, o);
    auto* listed = add_command(*group, cli, "list", "users, oldest first", [&cli, o] { return list(cli, *o); });
    listed->add_option("--api", o->api, "of this API");
    listed->add_option("--tenant", o->tenant, "of this tenant");
    listed->add_option("--q", o->q, "how the user name, email or subject begins");
    listed->add_option("--limit", o->limit, "rows at most")->capture_default_str();
    listed->add_flag("--json", o->as_json, "a JSON array");
    one(*group, cli, o, "show", "a user's record", show);
    one(*group, cli, o, "remove", "remove a user, at once and for ever; tokens in the user's name go on", remove);
    one(*group, cli, o, "disable", "lock a user out; tokens in the user's name go on", disable);
    one(*group, cli, o, "enable", "let a user in again",
        [](const cli_context& c, const user_options& u) { return act(c, u, "/enable", " is let in again"); });
    one(*group, cli, o, "sign-out", "end every session and access token of a user",
        [](const cli_context& c, const user_options& u) { return act(c, u, "/sign-out", " is signed out everywhere"); });
    one(*group, cli, o, "passwd", "set a password: asked for, or one line of stdin", passwd);
    auto* factor = one(*group, cli, o, "totp", "give a second factor; its secret goes to stdout", totp);
    auto* confirm = factor->add_option("--confirm", o->code, "the authenticator's first code: the factor counts from then on");
    factor->add_flag("--remove", o->remove, "take the second factor away")->excludes(confirm);
}

}  // namespace tollgate
