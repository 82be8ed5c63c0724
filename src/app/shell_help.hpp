// shell_help.hpp - the manual page and the shells' completions, from the command line's own definitions.
//
// What is not defined is in neither, and what is defined is in both: there is no second list to keep.
// Threads: functions; pure.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace tollgate {

// tollgate(1) as man(7) reads it.
std::string manual_page(const CLI::App& app, std::string_view version);
// tollgate.yaml(5): every key of the configuration.
std::string configuration_page(std::string_view version);

// For `bash`, `zsh` or `fish`; empty for any other shell.
std::string completion_for(const CLI::App& app, std::string_view shell);

}  // namespace tollgate
