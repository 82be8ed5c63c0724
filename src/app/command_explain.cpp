#include "app/cli_context.hpp"
#include "app/use_comparison.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/rules/rehearsal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

struct explain_options {
    std::string api, method, path, token_id, ip = "127.0.0.1", environment;
    bool as_json = false;
};

// The question, as the gateway would see it: over HTTPS, with an Idempotency-Key where one is needed.
struct question {
    std::string scratch, path, query;
    request_facts facts;
};

// What the gateway would do, and why.
struct explanation {
    const route* at = nullptr;      // nullptr: no route
    std::string_view allow;         // the methods that the path has, where it lacks this one
    std::optional<refusal> why;     // nothing: forwarded
    std::optional<refusal> would_refuse;  // let through because the API does not enforce (C-16)
    bool judged = false;            // with a token; else only what is demanded is known
};

// A refusal of the arguments, or nothing.
std::optional<std::string> ask(const explain_options& o, const api& of, question& q) {
    const auto client = ip_address::parse(o.ip);
    if (!client) return fmt::format("`{}` is not an address", o.ip);
    const auto mark = o.path.find('?');
    q.path = o.path.substr(0, mark);
    q.query = mark == std::string::npos ? std::string{} : o.path.substr(mark + 1);
    const auto canonical = q.path.starts_with('/') ? canonical_path(q.path, q.scratch) : path_result{};
    if (!canonical.ok) return fmt::format("the path `{}` is refused before any route is looked for: bad_request", o.path);
    q.facts = plain_request(of, 0, o.method, canonical.path);
    q.facts.client = *client;
    q.facts.query = q.query;
    return std::nullopt;
}

bool choose_environment(const api& of, std::string_view name, question& q) {
    const auto found = std::ranges::find(of.environments, name, &environment::name);
    if (found == of.environments.end()) return false;
    q.facts.environment = static_cast<std::uint32_t>(found - of.environments.begin());
    return true;
}

explanation explain_demands(const question& q) {
    explanation out;
    out.at = q.facts.match.found;
    out.allow = q.facts.match.allow;
    if (q.facts.match.outcome == route_match::kind::found) return out;
    if (q.facts.of->unlisted == unlisted_mode::forward) out.at = &q.facts.of->self_route;
    else out.why = q.facts.match.outcome == route_match::kind::none ? refusal::route_not_found : refusal::method_not_allowed;
    return out;
}

explanation explain_token(const question& q, const indexed_grant& g, timestamp now) {
    auto out = explain_demands(q);
    out.judged = true;
    const auto decided = judge(q.facts, {lookup::kind::found, &g, g.addresses}, now, {}, quota::within);
    if (const auto* no = std::get_if<denied>(&decided)) out.why = no->why;
    if (const auto* yes = std::get_if<permit>(&decided)) out.would_refuse = yes->would_refuse();
    return out;
}

std::string decision_text(const explanation& e, const api& of) {
    if (e.why) return fmt::format("refused: {} ({})", to_string(*e.why), of.rules.words.of(*e.why).status);
    if (e.would_refuse) return fmt::format("let through, because the API does not enforce; else refused: {}", to_string(*e.would_refuse));
    if (e.at->is_public) return "let through, with or without a token";
    return e.judged ? "let through" : "let through with a token that has what the route demands";
}

void print_json(const cli_context& cli, const explain_options& o, const explanation& e, const question& q) {
    json::object out{
        {"api", o.api}, {"method", o.method}, {"path", q.facts.path}, {"environment", q.facts.of->environments[q.facts.environment].name}};
    out["route"] = e.at != nullptr ? json::value(route_view(*e.at)) : json::value(nullptr);
    out["token_id"] = o.token_id.empty() ? json::value(nullptr) : json::value(o.token_id);
    out["decision"] = e.why ? "refuse" : e.judged || e.at->is_public ? "permit" : "depends";
    out["reason"] = e.why ? json::value(to_string(*e.why)) : json::value(nullptr);
    out["would_refuse"] = e.would_refuse ? json::value(to_string(*e.would_refuse)) : json::value(nullptr);
    out["status"] = e.why ? json::value(q.facts.of->rules.words.of(*e.why).status) : json::value(nullptr);
    cli.out << json::serialize(out) << '\n';
}

void print_text(const cli_context& cli, const explain_options& o, const explanation& e, const question& q) {
    const auto line = [&](std::string_view name, std::string_view text) { cli.out << fmt::format("{:<12} {}\n", name, inert(text)); };
    line("request", fmt::format("{} {}", o.method, q.facts.path));
    if (const auto& name = q.facts.of->environments[q.facts.environment].name; !name.empty()) line("environment", name);
    if (e.at != nullptr) {
        const json::value view = route_view(*e.at);
        line("route", fmt::format("{} {}", e.at->method, e.at->path));
        line("scopes", scopes_text(*e.at));
        if (!e.at->audiences.empty()) line("audiences", cell(view, "audiences"));
        if (e.at->assurance > 1) line("assurance", cell(view, "assurance"));
        if (e.at->idempotency != idempotency_mode::none) line("idempotency", cell(view, "idempotency"));
        if (!e.at->include_scopes.empty()) line("include", cell(view, "include_scopes"));
        line("answered by", e.at->handler.empty() ? "the upstream" : "the gateway: " + e.at->handler);
    } else {
        line("route", e.allow.empty() ? "none" : fmt::format("none; the path knows {}", e.allow));
    }
    if (!o.token_id.empty()) line("token", o.token_id);
    line("decision", decision_text(e, *q.facts.of));
}

int explain(const cli_context& cli, const explain_options& o) {
    const auto read = cli.read_configuration();
    if (!read) return exit_failed;
    problem_list problems;
    const auto built = build_rulebook(*read, counting_numbering(), problems);
    if (!built) {
        cli.print_problems(problems);
        return exit_failed;
    }
    const auto* of = built->book->by_name(o.api);
    if (of == nullptr) return cli.fail(fmt::format("no API `{}` in {}", o.api, cli.config_file));
    question q;
    if (const auto wrong = ask(o, *of, q)) return cli.fail(*wrong);

    std::optional<indexed_grant> g;
    std::string home = o.environment;
    if (!o.token_id.empty()) {
        const auto gateway = cli.gateway();
        if (!gateway) return exit_failed;
        const auto record = gateway->get(token_path(o.token_id));
        if (!record) return cli.fail(fmt::format("{}: {}", o.token_id, record.error().what));
        auto who = record_in(record->as_object());
        who.full_access = who.full_access && who.scopes.empty();  // the view says it of whoever has every scope, too
        g = grant_under(*of, who, system_clock().now());
        if (home.empty()) home = who.environment;
    }
    if (!home.empty() && !choose_environment(*of, home, q) && !o.environment.empty())
        return cli.fail(fmt::format("`{}` has no environment `{}`", o.api, home));
    const auto e = g ? explain_token(q, *g, system_clock().now()) : explain_demands(q);
    if (o.as_json) print_json(cli, o, e, q);
    else print_text(cli, o, e, q);
    return exit_done;
}

}  // namespace

void add_explain_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<explain_options>();
    auto* c = add_command(app, cli, "explain", "what the gateway would decide, and which rule decides it", [&cli, o] { return explain(cli, *o); });
    c->add_option("method", o->method, "GET, POST …")->required();
    c->add_option("path", o->path, "as a caller sends it, with its query")->required();
    c->add_option("--api", o->api, "the API that is asked")->required()->type_name("NAME");
    c->add_option("--token-id", o->token_id, "judge this token of the running gateway")->type_name("ID");
    c->add_option("--ip", o->ip, "the caller's address")->type_name("ADDRESS")->capture_default_str();
    c->add_option("--environment", o->environment, "of the host that is asked; else the token's, or the first")->type_name("NAME");
    c->add_flag("--json", o->as_json, "one JSON object");
}

}  // namespace tollgate
