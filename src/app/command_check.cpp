#include "app/cli_context.hpp"
#include "app/in_force.hpp"
#include "app/secret_files.hpp"
#include "app/tls_files.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/crypto/os_random.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

json::object problem_view(const problem& p) {
    return {
        {"severity", p.severity == problem::level::error ? "error" : "warning"},
        {"file", p.file},
        {"line", p.line},
        {"where", p.where},
        {"what", p.what},
    };
}

int print_json(const cli_context& cli, const problem_list& problems, bool ok) {
    json::array rows;
    for (const auto& p : problems.items()) rows.push_back(problem_view(p));
    cli.out << json::serialize(json::object{{"ok", ok}, {"problems", std::move(rows)}}) << '\n';
    return ok ? exit_done : exit_failed;
}

// A start goes on without a name that cannot be resolved, and a name server may be away: a warning, but it may be a slip of the pen.
void check_names(const config& of, problem_list& problems) {
    std::vector<upstream_server> all;
    std::vector<problem> where;
    for (std::size_t i = 0; i < of.apis.size(); ++i)
        for (const auto& pool : of.apis[i].upstream)
            for (auto& s : servers_of(pool)) {
                const auto at = path_item("$.apis", i) + ".upstream" + (pool.environment.empty() ? "" : "." + pool.environment) + ".servers";
                where.push_back({problem::level::warning, of.file, pool.line, at, s.text()});
                all.push_back(std::move(s));
            }
    const auto found = resolve_servers(all, resolve_server);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!found[i].at.empty()) continue;
        where[i].what =
            fmt::format("the upstream server {}: {}; is it written rightly? Until it can be, it is not asked", where[i].what, found[i].why);
        problems.add(std::move(where[i]));
    }
}

int check(const cli_context& cli, bool as_json) {
    problem_list problems;
    const auto read = load_config(cli.config_file, problems);
    const auto built = read ? build_rulebook(*read, counting_numbering(), problems) : std::nullopt;
    if (read) {
        os_random random;
        static_cast<void>(load_tls(*read, {system_clock().now(), std::make_shared<tls_tickets>(random), nullptr, secrets_of::the_service}, problems));
        check_secrets(*read, secrets_of::the_service, problems);
        check_names(*read, problems);
    }
    const bool ok = built.has_value() && !problems.has_errors();
    if (as_json) return print_json(cli, problems, ok);
    cli.print_problems(problems);
    if (!ok) return exit_failed;
    std::size_t routes = 0;
    for (const auto& wish : read->apis) routes += built->book->by_name(wish.name)->routes.routes().size();
    cli.out << fmt::format("{}: {} APIs, {} routes, no errors\n", cli.config_file, read->apis.size(), routes);
    return exit_done;
}

}  // namespace

void add_check_command(CLI::App& app, cli_context& cli) {
    const auto as_json = std::make_shared<bool>(false);
    auto* command =
        add_command(app, cli, "check", "validate configuration, contracts and OpenAPI documents", [&cli, as_json] { return check(cli, *as_json); });
    command->add_flag("--json", *as_json, "one JSON object: ok, problems");
}

void add_config_command(CLI::App& app, cli_context& cli) {
    const auto sample = std::make_shared<bool>(false);
    auto* command = add_command(app, cli, "config", "print a configuration", [&cli, sample] {  // kept for as long as the flag is bound to it
        cli.out << sample_config();
        return exit_done;
    });
    command->add_flag("--sample", *sample, "every key with its default and its meaning")->required();
}

}  // namespace tollgate
