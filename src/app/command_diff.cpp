// `diff`: what a configuration that is not in force yet would newly refuse or let through, by recorded use. Nothing is changed by it.
//
// Its exit codes are those of diff(1): 0 nothing would be refused, 1 something would, 2 it could not be found out.
#include "app/cli_context.hpp"
#include "app/use_comparison.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace tollgate {
namespace {

constexpr int exit_same = 0, exit_refuses = 1, exit_unknown = 2;
constexpr std::size_t rows_shown = 100;  // of a table; --json has all
constexpr std::size_t most_rows = 1'000'000;

struct diff_options {
    std::string api, document, contract, since = "30d";
    bool strict = false, as_json = false;
};

int fail(const cli_context& cli, std::string_view why) {
    cli.fail(why);
    return exit_unknown;
}

// Whose files are replaced: the API that is named, or the only one.
api_config* replaced_api(config& next, const diff_options& o, std::string& why) {
    if (o.api.empty() && next.apis.size() == 1) return &next.apis.front();
    const auto found = std::ranges::find(next.apis, o.api, &api_config::name);
    if (found != next.apis.end()) return &*found;
    why = o.api.empty() ? "--document and --contract need --api: the configuration has several" : fmt::format("no API `{}` in it", o.api);
    return nullptr;
}

std::optional<timestamp> read_since(const std::string& text, timestamp now) {
    if (const auto at = parse_rfc3339(text)) return *at;
    const auto length = parse_duration(text);
    if (!length || length->never) return std::nullopt;
    constexpr std::chrono::hours month{30 * 24};
    return now + -(length->exact + length->months * month);
}

json::array texts(const auto& list) {
    json::array out;
    for (const auto& text : list) out.emplace_back(text);
    return out;
}

json::array findings_json(const std::vector<use_finding>& findings, bool may) {
    json::array out;
    for (const auto& f : findings) {
        json::object row{{"id", f.id}, {"what", f.what}, {"name", f.name}, {"owner", f.owner}, {"api", f.api}, {"method", f.method}, {"path", f.path},
            {"reason", f.reason}, {"lacks", texts(f.lacks)}, {"requests", f.requests}, {"last_at", f.last_at}};
        if (may) row["because"] = f.because;
        out.push_back(std::move(row));
    }
    return out;
}

std::size_t callers_of(const std::vector<use_finding>& findings) {
    std::set<std::string_view> ids;
    for (const auto& f : findings) ids.insert(f.id);
    return ids.size();
}

void print_json(const cli_context& cli, const use_comparison& found, timestamp since) {
    json::array operations;
    for (const auto* c : found.operations())
        operations.push_back(json::object{{"api", c->api}, {"method", c->method}, {"path", c->path}, {"change", c->kind}, {"before", c->before},
            {"after", c->after}, {"callers", c->callers.size()}, {"refused_callers", c->refused.size()}, {"requests", c->requests}});
    const json::object out{{"since", rfc3339(since)}, {"callers", found.callers()}, {"calls", found.calls()}, {"notes", texts(found.notes())},
        {"operations", std::move(operations)}, {"refused", findings_json(found.refused(), false)},
        {"may_be_refused", findings_json(found.may_be_refused(), true)}, {"allowed", findings_json(found.allowed(), false)},
        {"refused_callers", callers_of(found.refused())}};
    cli.out << json::serialize(out) << '\n';
}

void print_rows(const cli_context& cli, std::string_view title, const std::vector<std::string>& head, std::vector<std::vector<std::string>> rows) {
    if (rows.empty()) return;
    const auto all = rows.size();
    if (all > rows_shown) rows.resize(rows_shown);
    cli.out << '\n' << title << "\n\n";
    print_table(cli.out, head, rows);
    if (all > rows_shown) cli.out << fmt::format("… and {} more: --json has all\n", all - rows_shown);
}

std::string or_dash(std::string_view text) { return text.empty() ? "-" : std::string(text); }

void print_findings(const cli_context& cli, std::string_view title, const std::vector<use_finding>& findings, std::string_view reason_head,
    std::string_view last_head) {
    std::vector<std::vector<std::string>> rows;
    std::vector<const use_finding*> most;
    for (const auto& f : findings) most.push_back(&f);
    std::ranges::sort(most, [](const auto* a, const auto* b) { return a->requests != b->requests ? a->requests > b->requests : a < b; });
    for (const auto* f : most)
        rows.push_back({f->id, f->name, f->api, f->method.empty() ? f->path : f->method + " " + f->path, f->reason,
            last_head == "LACKS" ? or_dash(fmt::format("{}", fmt::join(f->lacks, " "))) : f->because, std::to_string(f->requests),
            f->last_at.substr(0, 19)});
    std::vector<std::string> head{"ID", "NAME", "API", "ROUTE", std::string(reason_head), std::string(last_head), "REQUESTS", "LAST"};
    if (last_head.empty())
        for (auto& row : rows) row.erase(row.begin() + 5);
    if (last_head.empty()) head.erase(head.begin() + 5);
    print_rows(cli, title, head, std::move(rows));
}

void print_text(const cli_context& cli, const use_comparison& found, timestamp since) {
    for (const auto& note : found.notes()) cli.out << inert(note) << '\n';
    std::vector<std::vector<std::string>> rows;
    for (const auto* c : found.operations())
        rows.push_back({c->kind, c->api, c->method, c->path, or_dash(c->before), or_dash(c->after), std::to_string(c->callers.size()),
            std::to_string(c->refused.size())});
    print_rows(cli, "Operations", {"CHANGE", "API", "METHOD", "PATH", "NOW", "THEN", "CALLERS", "REFUSED"}, std::move(rows));
    print_findings(cli, "Would be refused", found.refused(), "REASON", "LACKS");
    print_findings(cli, "May be refused", found.may_be_refused(), "REASON", "WHERE");
    print_findings(cli, "Would be let through", found.allowed(), "REFUSED NOW", "");
    std::uint64_t requests = 0;
    for (const auto& f : found.refused()) requests += f.requests;
    cli.out << fmt::format("\nSince {}: {} callers, {} would be refused something that they did, {} requests in all\n", rfc3339(since).substr(0, 19),
        found.callers(), callers_of(found.refused()), requests);
}

// Asks the running gateway for everything that it knows. Errors: its own.
result<void> gather(const management_client& gateway, use_comparison& into, const diff_options& o, timestamp since) {
    for (const auto& name : into.apis_before()) {
        const auto routes = gateway.all(record_path("/apis", name) + "/routes", {}, most_rows);
        if (!routes) return routes.error();
        into.set_routes(name, *routes);
    }
    for (std::string cursor;;) {
        const auto page = gateway.get("/usage/calls", {{"api", o.api}, {"since", rfc3339(since)}, {"cursor", cursor}});
        if (!page) return page.error();
        const auto* rows = page->is_object() ? page->get_object().if_contains("data") : nullptr;
        if (rows == nullptr || !rows->is_array()) return failure{errc::corrupt, "the gateway's answer is no page of rows"};
        for (const auto& row : rows->get_array())
            if (row.is_object()) into.add_caller(row.get_object());
        const auto* next = page->get_object().if_contains("next_cursor");
        if (next == nullptr || !next->is_string()) return {};
        cursor = next->get_string();
    }
}

int diff(const cli_context& cli, const diff_options& o) {
    const auto now = system_clock().now();
    const auto since = read_since(o.since, now);
    if (!since) return fail(cli, fmt::format("--since: `{}` is neither a duration like 30d nor a moment like 2030-01-31T00:00:00Z", o.since));
    auto next = cli.read_configuration();
    if (!next) return exit_unknown;
    if (!o.document.empty() || !o.contract.empty()) {
        std::string why;
        auto* of = replaced_api(*next, o, why);
        if (of == nullptr) return fail(cli, why);
        if (!o.document.empty()) of->openapi = o.document;
        if (!o.contract.empty()) of->contract = o.contract;
    }
    problem_list problems;
    const auto built = build_rulebook(*next, counting_numbering(), problems);
    if (!built) {
        cli.print_problems(problems);
        return exit_unknown;
    }
    const auto gateway = cli.gateway();
    if (!gateway) return exit_unknown;
    const auto apis = gateway->all("/apis", {}, most_rows);
    if (!apis) return fail(cli, apis.error().what);
    use_comparison found(*built->book, *apis, o.api.empty() ? std::set<std::string>{} : std::set{o.api}, now);
    if (!o.api.empty() && found.apis_before().empty()) return fail(cli, fmt::format("the running gateway has no API `{}`", o.api));
    if (const auto good = gather(*gateway, found, o, *since); !good) return fail(cli, good.error().what);
    if (o.as_json) print_json(cli, found, *since);
    else print_text(cli, found, *since);
    const bool refuses = !found.refused().empty() || (o.strict && !found.may_be_refused().empty());
    return refuses ? exit_refuses : exit_same;
}

}  // namespace

void add_diff_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<diff_options>();
    auto* c = add_command(app, cli, "diff",
        "what the configuration, not in force yet, would newly refuse or let through, by recorded use of the running gateway; exits with 1 where "
        "something would be refused, with 2 where that cannot be found out",
        [&cli, o] { return diff(cli, *o); });
    c->add_option("--api", o->api, "of this API alone")->type_name("NAME");
    c->add_option("--document", o->document, "in the place of the API's OpenAPI document")->type_name("FILE");
    c->add_option("--contract", o->contract, "in the place of the API's contract")->type_name("FILE");
    c->add_option("--since", o->since, "use that is as old as this: 30d, or 2030-01-31T00:00:00Z")->capture_default_str();
    c->add_flag("--strict", o->strict, "exit with 1 also where something may be refused");
    c->add_flag("--json", o->as_json, "one JSON object");
}

}  // namespace tollgate
