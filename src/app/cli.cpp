#include "tollgate/app/cli.hpp"

#include "app/cli_context.hpp"
#include "app/version.hpp"

#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace tollgate {
namespace {

void add_commands(CLI::App& app, cli_context& cli) {
    add_serve_command(app, cli);
    add_demo_command(app, cli);
    add_check_command(app, cli);
    add_config_command(app, cli);
    add_routes_command(app, cli);
    add_explain_command(app, cli);
    add_diff_command(app, cli);
    add_token_commands(app, cli);
    add_actor_commands(app, cli);
    add_key_commands(app, cli);
    add_user_commands(app, cli);
    add_client_commands(app, cli);
    add_audit_command(app, cli);
    add_export_command(app, cli);
    add_import_command(app, cli);
    add_init_command(app, cli);
    add_backup_command(app, cli);
    add_restore_command(app, cli);
    add_usage_command(app, cli);
    add_clock_command(app, cli);
    add_reload_command(app, cli);
    add_upgrade_command(app, cli);
    add_top_command(app, cli);
    add_manual_commands(app, cli, program_version);
}

// By the path that was asked for: what stands there later is what an upgrade starts. One that was found by PATH has none.
std::vector<std::string> command_of(int argc, const char* const* argv) {
    if (argc < 1) return {};
    std::vector<std::string> out(argv, argv + argc);
    std::error_code unknown;
    const bool has_path = out.front().find('/') != std::string::npos;
    const auto path = has_path ? std::filesystem::absolute(out.front(), unknown) : std::filesystem::read_symlink("/proc/self/exe", unknown);
    if (unknown) return {};
    out.front() = path.string();
    return out;
}

// The command line's own errors: help and version are no failure, everything else is bad usage.
int usage(const CLI::App& app, const CLI::ParseError& why, cli_context& cli) { return app.exit(why, cli.out, cli.err) == 0 ? exit_done : exit_usage; }

}  // namespace

int run_cli(int argc, const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err) try {
    cli_context cli{.in = in, .out = out, .err = err, .socket = {}, .command = command_of(argc, argv), .run = {}};
    CLI::App app("Tollgate: a token gateway in front of billing APIs.", "tollgate");
    app.set_version_flag("--version", std::string("tollgate ") + program_version);
    app.add_option("--config", cli.config_file, "configuration file")->type_name("FILE")->capture_default_str();
    app.add_option("--socket", cli.socket, "management socket of the running gateway; else the configuration's")->type_name("PATH");
    app.require_subcommand(1);
    add_commands(app, cli);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& why) {
        return usage(app, why, cli);
    }
    const int code = cli.run();
    out.flush();
    return out ? code : exit_failed;
} catch (const std::exception& bug) {
    err << "tollgate: " << bug.what() << '\n';
    return exit_failed;
}

}  // namespace tollgate
