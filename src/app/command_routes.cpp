#include "app/cli_context.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/control/management.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

struct routes_options {
    std::string api;
    bool as_json = false;
};

std::string flags_text(const route& r) {
    std::vector<std::string> flags;
    if (!r.handler.empty()) flags.push_back("handler=" + r.handler);
    if (r.assurance > 1) flags.push_back(fmt::format("aal={}", r.assurance));
    if (r.idempotency != idempotency_mode::none)
        flags.push_back(r.idempotency == idempotency_mode::required ? "idempotency=required" : "idempotency=accepted");
    if (!r.include_scopes.empty()) flags.push_back("include");
    if (r.encoded_slash) flags.push_back("encoded-slash");
    return flags.empty() ? "-" : fmt::format("{}", fmt::join(flags, " "));
}

void print_json(const cli_context& cli, const std::vector<const api*>& apis) {
    json::array rows;
    for (const auto* of : apis)
        for (const auto& r : of->routes.routes()) {
            json::object row{{"api", of->name}};
            for (const auto& member : route_view(r)) row.insert(member);
            rows.push_back(std::move(row));
        }
    cli.out << json::serialize(rows) << '\n';
}

void print_text(const cli_context& cli, const std::vector<const api*>& apis) {
    std::vector<std::vector<std::string>> rows;
    for (const auto* of : apis)
        for (const auto& r : of->routes.routes()) {
            rows.push_back({of->name, r.method, r.path, scopes_text(r), r.audiences.empty() ? "-" : fmt::format("{}", fmt::join(r.audiences, " ")),
                flags_text(r)});
        }
    print_table(cli.out, {"API", "METHOD", "PATH", "SCOPES", "AUDIENCES", "FLAGS"}, rows);
}

int routes(const cli_context& cli, const routes_options& options) {
    const auto read = cli.read_configuration();
    if (!read) return exit_failed;
    problem_list problems;
    const auto built = build_rulebook(*read, counting_numbering(), problems);
    cli.print_problems(problems);
    if (!built) return exit_failed;
    std::vector<const api*> apis;
    for (const auto& of : built->book->apis())
        if (options.api.empty() ? of->name != builtin_api_name : of->name == options.api) apis.push_back(of.get());
    if (apis.empty() && !options.api.empty()) return cli.fail(fmt::format("no API `{}` in {}", options.api, cli.config_file));
    if (options.as_json) print_json(cli, apis);
    else print_text(cli, apis);
    return exit_done;
}

}  // namespace

void add_routes_command(CLI::App& app, cli_context& cli) {
    const auto options = std::make_shared<routes_options>();
    auto* command = add_command(app, cli, "routes", "the routes and what each demands", [&cli, options] { return routes(cli, *options); });
    command->add_option("--api", options->api, "of this API alone (`tollgate`: the management API)")->type_name("NAME");
    command->add_flag("--json", options->as_json, "a JSON array");
}

}  // namespace tollgate
