#include "app/cli_context.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

struct usage_options {
    std::string id, from, to, step = "hour";
    bool as_json = false;
};

void print_rows(const cli_context& cli, const json::value& answer, std::string_view member, const std::vector<std::string>& head,
    const std::vector<std::string_view>& members) {
    const auto* rows = answer.is_object() ? answer.get_object().if_contains(member) : nullptr;
    if (rows == nullptr || !rows->is_array() || rows->get_array().empty()) return;
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : rows->get_array()) {
        auto& line = lines.emplace_back();
        for (const auto name : members) line.push_back(cell(row, name));
    }
    cli.out << '\n';
    print_table(cli.out, head, lines);
}

int usage(const cli_context& cli, const usage_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto answer = gateway->get("/usage", {{"token", o.id}, {"from", o.from}, {"to", o.to}, {"step", o.step}});
    if (!answer) return cli.fail(answer.error().what);
    if (o.as_json) {
        cli.out << json::serialize(*answer) << '\n';
        return exit_done;
    }
    for (const auto* name : {"token", "last_used_at", "last_used_ip", "expires_at"})
        cli.out << fmt::format("{:<13} {}\n", name, inert(cell(*answer, name)));
    print_rows(cli, *answer, "data", {"START", "REQUESTS", "DENIALS", "MEAN US", "MAX US"},
        {"start", "requests", "denials", "latency_mean_us", "latency_max_us"});
    print_rows(cli, *answer, "scopes", {"SCOPE", "LAST USED", "REQUESTS"}, {"scope", "last_used_at", "requests"});
    print_rows(cli, *answer, "routes", {"METHOD", "PATH", "LAST", "REQUESTS", "DENIALS", "MEAN US", "MAX US"},
        {"method", "path", "last_at", "requests", "denials", "latency_mean_us", "latency_max_us"});
    print_rows(
        cli, *answer, "addresses", {"ADDRESS", "FIRST", "LAST", "REQUESTS", "DENIALS"}, {"address", "first_at", "last_at", "requests", "denials"});
    return exit_done;
}

}  // namespace

void add_usage_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<usage_options>();
    auto* c = add_command(app, cli, "usage", "what a token did over time, from where, on which routes, and which of its scopes it needed",
        [&cli, o] { return usage(cli, *o); });
    c->add_option("id", o->id, "the token's id")->required();
    c->add_option("--from", o->from, "like 2030-01-31T00:00:00Z; else the last hour, day or 30 days");
    c->add_option("--to", o->to, "likewise; else now");
    c->add_option("--step", o->step, "minute, hour or day")->check(CLI::IsMember({"minute", "hour", "day"}))->capture_default_str();
    c->add_flag("--json", o->as_json, "a JSON object");
}

}  // namespace tollgate
