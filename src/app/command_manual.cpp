// `manual` and `completion`: what the program says of itself, for man and for shells. The package's files are made by them.
#include "app/cli_context.hpp"
#include "app/shell_help.hpp"

namespace tollgate {

void add_manual_commands(CLI::App& app, cli_context& cli, const std::string& version) {
    const auto page = std::make_shared<std::string>("tollgate.1");
    auto* manual = add_command(app, cli, "manual", "print a manual page, for man", [&app, &cli, page, version] {
        cli.out << (*page == "tollgate.1" ? manual_page(app, version) : configuration_page(version));
        return exit_done;
    });
    manual->add_option("page", *page, "tollgate.1 or tollgate.yaml.5")
        ->check(CLI::IsMember({"tollgate.1", "tollgate.yaml.5"}))
        ->capture_default_str();

    const auto shell = std::make_shared<std::string>();
    auto* completion = add_command(app, cli, "completion", "print completions for a shell to read", [&app, &cli, shell] {
        cli.out << completion_for(app, *shell);
        return exit_done;
    });
    completion->add_option("shell", *shell, "bash, zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}))->required();
}

}  // namespace tollgate
