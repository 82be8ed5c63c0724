#include "app/cli_context.hpp"

#include "tollgate/codec/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace tollgate {
namespace {

bool acts_on_terminals(std::uint32_t p) noexcept {
    const bool control = p < 0x20 || (p >= 0x7f && p < 0xa0);
    const bool direction = (p >= 0x200e && p <= 0x200f) || (p >= 0x2028 && p <= 0x202e) || (p >= 0x2066 && p <= 0x2069) || p == 0x061c;
    return control || direction;
}

// Letters as a terminal counts them, near enough for columns.
std::size_t width(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string scalar(const json::value& v) {
    if (v.is_null()) return "-";
    if (v.is_string()) return std::string(v.get_string());
    return json::serialize(v);
}

}  // namespace

int cli_context::fail(std::string_view why) const {
    // Line by line: a sentence of several lines stays one, but nothing else acts on the terminal.
    err << "tollgate:";
    for (char before = ' '; !why.empty(); before = '\n') {
        const auto line = why.substr(0, why.find('\n'));
        err << before << inert(line);
        why.remove_prefix(std::min(why.size(), line.size() + 1));
    }
    err << '\n';
    return exit_failed;
}

std::optional<config> cli_context::read_configuration() const {
    problem_list problems;
    auto read = load_config(config_file, problems);
    if (!read) print_problems(problems);
    return read;
}

std::optional<management_client> cli_context::gateway() const {
    if (!socket.empty()) return management_client(socket);
    const auto read = read_configuration();
    if (read) return management_client(read->management.socket);
    fail("no way to the running gateway: name its socket with --socket, or its configuration with --config");
    return std::nullopt;
}

void cli_context::print_problems(const problem_list& problems) const {
    for (const auto& p : problems.items()) err << inert(p.text()) << '\n';
}

CLI::App* add_command(CLI::App& parent, cli_context& cli, const std::string& name, const std::string& help, std::function<int()> run) {
    auto* command = parent.add_subcommand(name, help);
    command->fallthrough();
    command->callback([&cli, run = std::move(run)] { cli.run = run; });
    return command;
}

std::string inert(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto before = text;
        const auto point = take_code_point(text);
        if (point == no_code_point) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(before.front()));
        else if (acts_on_terminals(point)) out += point < 0x100 ? fmt::format("\\x{:02x}", point) : fmt::format("\\u{:04x}", point);
        else out += before.substr(0, before.size() - text.size());
    }
    return out;
}

void print_table(std::ostream& out, const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::vector<std::string>> lines{head};
    for (const auto& row : rows) {
        auto& line = lines.emplace_back();
        for (const auto& text : row) line.push_back(inert(text));
    }
    std::vector<std::size_t> widths(head.size());
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
    for (const auto& line : lines) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); ++i) {
            text += line[i];
            if (i + 1 < line.size()) text.append(widths[i] - width(line[i]) + 2, ' ');
        }
        out << text << '\n';
    }
}

std::string token_path(std::string_view id) { return record_path("/api-tokens", id); }

std::string record_path(std::string_view of, std::string_view id) {
    std::string out(of);
    out += '/';
    for (const char c : id) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string scopes_text(const route& r) {
    if (r.is_public) return "(public)";
    std::string out;
    for (const auto& alternative : r.any_of) {
        if (!out.empty()) out += " | ";
        for (std::size_t i = 0; i < alternative.all_of.size(); ++i) out += (i == 0 ? "" : " ") + alternative.all_of[i].name;
        if (alternative.all_of.empty()) out += "(any token)";
    }
    return out.empty() ? "(any token)" : out;
}

std::string cell(const json::value& row, std::string_view member) {
    const auto* value = row.is_object() ? row.get_object().if_contains(member) : nullptr;
    if (value == nullptr) return "-";
    if (!value->is_array()) return value->is_string() && value->get_string().empty() ? "-" : scalar(*value);
    std::string out;
    for (const auto& item : value->get_array()) out += (out.empty() ? "" : " ") + scalar(item);
    return out.empty() ? "-" : out;
}

}  // namespace tollgate
