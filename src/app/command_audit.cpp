#include "app/cli_context.hpp"

#include "tollgate/base/bounds.hpp"

namespace tollgate {
namespace {

struct audit_options {
    std::size_t limit = bounds::page_rows;
    bool as_json = false;
};

int audit(const cli_context& cli, const audit_options& options) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto rows = gateway->all("/audit", {{"limit", std::to_string(options.limit)}}, options.limit);
    if (!rows) return cli.fail(rows.error().what);
    if (options.as_json) {
        cli.out << json::serialize(*rows) << '\n';
        return exit_done;
    }
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : *rows)
        lines.push_back({cell(row, "at"), cell(row, "actor"), cell(row, "from"), cell(row, "action"), cell(row, "api"), cell(row, "subject"),
            cell(row, "details")});
    print_table(cli.out, {"AT", "ACTOR", "FROM", "ACTION", "API", "SUBJECT", "DETAILS"}, lines);
    return exit_done;
}

}  // namespace

void add_audit_command(CLI::App& app, cli_context& cli) {
    const auto options = std::make_shared<audit_options>();
    auto* command = add_command(app, cli, "audit", "the newest events of the audit log", [&cli, options] { return audit(cli, *options); });
    command->add_option("--limit", options->limit, "events at most")->check(CLI::Range(std::size_t{1}, bounds::page_rows))->capture_default_str();
    command->add_flag("--json", options->as_json, "a JSON array");
}

}  // namespace tollgate
