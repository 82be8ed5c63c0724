#include "app/cli_context.hpp"

#include "tollgate/base/bounds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include <algorithm>
#include <optional>

namespace tollgate {
namespace {

constexpr int follow_pause_ms = 1000;

struct audit_options {
    std::string token, actor, action, since, log;
    std::optional<std::size_t> limit;
    bool follow = false, as_json = false;
};

management_client::query query_of(const audit_options& o, const std::string& order, const std::string& cursor) {
    return {{"token", o.token}, {"actor", o.actor}, {"action", o.action}, {"since", o.since}, {"log", o.log}, {"order", order}, {"cursor", cursor}};
}

std::string text_of(const json::value& page, std::string_view member) {
    const auto* value = page.is_object() ? page.get_object().if_contains(member) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::array* rows_of(const json::value& page) {
    const auto* data = page.is_object() ? page.get_object().if_contains("data") : nullptr;
    return data != nullptr ? data->if_array() : nullptr;
}

const std::vector<std::string> columns{"AT", "ACTOR", "FROM", "ACTION", "API", "SUBJECT", "DETAILS"};

std::vector<std::string> line_of(const json::value& row) {
    return {
        cell(row, "at"), cell(row, "actor"), cell(row, "from"), cell(row, "action"), cell(row, "api"), cell(row, "subject"), cell(row, "details")};
}

void print(const cli_context& cli, const audit_options& o, const json::value& row) {
    if (o.as_json) cli.out << json::serialize(row) << '\n';
    else cli.out << inert(fmt::format("{}", fmt::join(line_of(row), "  "))) << '\n';
}

// From `cursor` on, oldest first; answers where it ended.
result<std::string> print_on(const cli_context& cli, const management_client& gateway, const audit_options& o, std::string cursor) {
    for (;;) {
        const auto page = gateway.get("/audit", query_of(o, "oldest", cursor));
        if (!page) return page.error();
        const auto* rows = rows_of(*page);
        if (rows == nullptr) return failure{errc::corrupt, "the gateway's answer is no page of rows"};
        for (const auto& row : *rows) print(cli, o, row);
        cursor = text_of(*page, "position");
        if (text_of(*page, "next_cursor").empty()) return cursor;
    }
}

int follow(const cli_context& cli, const management_client& gateway, const audit_options& o) {
    const auto start = gateway.get("/audit", query_of(o, "newest", {}));
    if (!start) return cli.fail(start.error().what);
    const auto* rows = rows_of(*start);
    if (rows == nullptr) return cli.fail("the gateway's answer is no page of rows");
    const auto shown = std::min(rows->size(), o.limit.value_or(10));
    for (std::size_t i = shown; i-- > 0;) print(cli, o, (*rows)[i]);
    auto position = text_of(*start, "position");
    for (;;) {
        cli.out.flush();
        if (!cli.out) return exit_failed;  // nobody reads any more
        ::poll(nullptr, 0, follow_pause_ms);
        auto next = print_on(cli, gateway, o, position);
        if (!next) return cli.fail(next.error().what);
        position = std::move(*next);
    }
}

int audit(const cli_context& cli, const audit_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    if (o.follow) return follow(cli, *gateway, o);
    if (o.as_json && !o.limit) {
        const auto done = print_on(cli, *gateway, o, {});
        return done ? exit_done : cli.fail(done.error().what);
    }
    const auto rows = gateway->all("/audit", query_of(o, "newest", {}), o.limit.value_or(bounds::page_rows));
    if (!rows) return cli.fail(rows.error().what);
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : *rows) {
        if (o.as_json) print(cli, o, row);
        else lines.push_back(line_of(row));
    }
    if (!o.as_json) print_table(cli.out, columns, lines);
    return exit_done;
}

}  // namespace

void add_audit_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<audit_options>();
    const auto verify = std::make_shared<std::function<int()>>();  // runs instead where `audit verify` was said
    auto* c = add_command(app, cli, "audit", "who changed what, and which tokens were refused; newest first",
        [&cli, o, verify, &app] { return app.get_subcommand("audit")->got_subcommand("verify") ? (*verify)() : audit(cli, *o); });
    c->add_option("--token", o->token, "about this token, or by it");
    c->add_option("--actor", o->actor, "by this one: operator:<uid>, token:<id>");
    c->add_option("--action", o->action, "like token.revoke or request.denied");
    c->add_option("--since", o->since, "a moment like 2030-01-31T00:00:00Z, or how long ago, like 24h");
    c->add_option("--log", o->log, "changes or denials; else both")->check(CLI::IsMember({"changes", "denials"}));
    c->add_option("--limit", o->limit, "events at most; 100, or with --json all")->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    c->add_flag("--follow", o->follow, "the newest, then each as it comes");
    c->add_flag("--json", o->as_json, "one JSON object a line, oldest first where there is no --limit; `audit verify --file` takes them");
    *verify = add_audit_verify(*c, cli);
}

}  // namespace tollgate
