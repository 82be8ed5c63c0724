// token_cli.hpp - what the files of `tollgate token …` share.
#pragma once

#include "app/cli_context.hpp"

namespace tollgate {

inline constexpr const char* tokens_path = "/api-tokens";

struct one_token {
    std::string id;
    bool as_json = false;
};

// Members of a request's body, where there is something to say.
void put(json::object& body, std::string_view name, const std::string& value);
void put(json::object& body, std::string_view name, const std::vector<std::string>& values);

// A record, a line a member; never its text.
void print_record(std::ostream& out, const json::value& record);

// A record that was just given its text: the text alone on stdout, so that it can be piped to where it belongs, and what else
// there is to say on stderr. `as_json`: the whole record on stdout.
void print_text_once(const cli_context& cli, const json::value& record, bool as_json);

// `token NAME [ID] [--json]`.
void add_one_token(
    CLI::App& token, cli_context& cli, const char* name, const char* help, int (*run)(const cli_context&, const one_token&), bool with_id);

// update, rotate, finish-grace, disable, enable, revoke.
void add_token_changes(CLI::App& token, cli_context& cli);

}  // namespace tollgate
