// cli_context.hpp - what every command of the command line works with, and how it prints.
//
// What came out of tokens and documents is printed inert: no name may move a terminal's cursor or colour its text.
// Threads: one.
#pragma once

#include "tollgate/app/config.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/control/client.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

inline constexpr int exit_done = 0, exit_failed = 1, exit_usage = 2;

struct cli_context {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    std::string config_file{default_config_file};
    std::string socket;         // of --socket; empty: the configuration's
    std::vector<std::string> command;  // the program's path and its arguments
    std::function<int()> run;   // what the parsed command does

    // Says why on `err`; answers exit_failed.
    int fail(std::string_view why) const;
    // The configuration; without one its problems are on `err`.
    [[nodiscard]] std::optional<config> read_configuration() const;
    // The running gateway; without a way to it the reason is on `err`.
    [[nodiscard]] std::optional<management_client> gateway() const;
    void print_problems(const problem_list& problems) const;
};

// `name` under `parent`, which runs `run` when it was chosen. Options of the program itself may follow it.
CLI::App* add_command(CLI::App& parent, cli_context& cli, const std::string& name, const std::string& help, std::function<int()> run);

void add_serve_command(CLI::App& app, cli_context& cli);
void add_demo_command(CLI::App& app, cli_context& cli);
void add_check_command(CLI::App& app, cli_context& cli);
void add_config_command(CLI::App& app, cli_context& cli);
void add_routes_command(CLI::App& app, cli_context& cli);
void add_explain_command(CLI::App& app, cli_context& cli);
void add_diff_command(CLI::App& app, cli_context& cli);
void add_token_commands(CLI::App& app, cli_context& cli);
void add_actor_commands(CLI::App& app, cli_context& cli);
void add_key_commands(CLI::App& app, cli_context& cli);
void add_user_commands(CLI::App& app, cli_context& cli);
void add_client_commands(CLI::App& app, cli_context& cli);
void add_audit_command(CLI::App& app, cli_context& cli);
void add_import_command(CLI::App& app, cli_context& cli);
void add_export_command(CLI::App& app, cli_context& cli);
void add_init_command(CLI::App& app, cli_context& cli);
void add_backup_command(CLI::App& app, cli_context& cli);
void add_restore_command(CLI::App& app, cli_context& cli);
// `verify` under `audit`; answers what it does.
std::function<int()> add_audit_verify(CLI::App& audit, cli_context& cli);
void add_usage_command(CLI::App& app, cli_context& cli);
void add_clock_command(CLI::App& app, cli_context& cli);
void add_reload_command(CLI::App& app, cli_context& cli);
void add_upgrade_command(CLI::App& app, cli_context& cli);
void add_top_command(CLI::App& app, cli_context& cli);
void add_manual_commands(CLI::App& app, cli_context& cli, const std::string& version);

// Control characters, in ASCII, C1 and bidirectional overrides, as \x1b and \u202e; what is not UTF-8 as \xff.
std::string inert(std::string_view text);

// Columns as wide as their widest cell; every cell is made inert.
void print_table(std::ostream& out, const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

// Of a record in the management API; an id that is none stays one segment.
std::string token_path(std::string_view id);
std::string record_path(std::string_view of, std::string_view id);  // likewise under `of`, such as "/actors"

// What a route demands: "a b | c" is all of a and b, or c.
std::string scopes_text(const route& r);

// A member of a row as one cell: texts as they are, lists joined by blanks, null as "-".
std::string cell(const json::value& row, std::string_view member);

}  // namespace tollgate
