#include "tollgate/app/build_rulebook.hpp"

#include "tollgate/control/management.hpp"
#include "tollgate/control/oauth.hpp"
#include "tollgate/control/portal.hpp"
#include "tollgate/rules/contract.hpp"
#include "tollgate/rules/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace tollgate {
namespace {

// Everything that building one API needs; the book and the pools grow.
struct builder {
    const config& from;
    const numbering& numbers;
    problem_list& problems;
    rulebook& book;
    std::vector<pool_config>& pools;
    std::map<std::string, console_words, std::less<>>& words;

    void error(int line, const std::string& api, std::string what) const {
        problems.add({problem::level::error, from.file, line, fmt::format("$.apis[{}]", api), std::move(what)});
    }
    void warn(int line, const std::string& api, std::string what) const {
        problems.add({problem::level::warning, from.file, line, fmt::format("$.apis[{}]", api), std::move(what)});
    }
    // The number of `text`, or nothing and a problem (the store's, while serving).
    [[nodiscard]] atom number(std::string_view text) const {
        if (text.empty()) return atom::none;
        const auto n = numbers.text(text);
        if (n) return *n;
        problems.add({problem::level::error, from.file, 0, "", fmt::format("no number for `{}`: {}", text, n.error().what)});
        return atom::none;
    }
};

std::optional<contract> contract_of(const builder& b, const std::string& api, const std::string& file) {
    if (file.empty()) return generic_contract();
    const auto doc = load_document(file, b.problems);
    if (!doc) return std::nullopt;
    auto rules = read_contract(*doc, b.problems);
    b.words[api] = read_console_words(*doc, b.problems);
    if (rules && rules->source.empty()) rules->source = file;
    return rules;
}

// What speaks for the whole gateway is mounted on the built-in API alone.
bool is_mountable(std::string_view handler, const api& on) {
    if (on.name == builtin_api_name) return true;
    if (handler == "tokens.import" || handler == "tokens.export") return false;
    return !handler.starts_with("ops.") && !handler.starts_with("audit.") && !handler.starts_with("store.") && !handler.starts_with("keys.") &&
        !handler.starts_with("sessions.") && !handler.starts_with("console.");
}

// A handler that this build lacks would leave a hole where an operator expects an answer.
void check_handlers(const builder& b, const std::string& file, const route_table& routes, const api& on) {
    std::vector<std::string_view> known;
    std::ranges::copy_if(operation_names(), std::back_inserter(known), [&](std::string_view name) { return is_mountable(name, on); });
    if (on.rules.oauth.enabled()) std::ranges::copy(oauth_operation_names(), std::back_inserter(known));
    if (on.portal.enabled()) std::ranges::copy(portal_operation_names(), std::back_inserter(known));
    for (const auto& r : routes.routes()) {
        if (r.handler.empty() || std::ranges::find(known, r.handler) != known.end()) continue;
        b.problems.add({problem::level::error, file, 0, path_member(path_member("$.paths", r.path), r.method),
            fmt::format("no handler `{}` for an API in this build: leave x-tollgate-handler out to forward the route, or write one of {}", r.handler,
                fmt::join(known, ", "))});
    }
}

// The endpoints that a contract's `oauth:` brings. Who may call them is theirs to find out: clients are no bearers of tokens.
std::vector<route> oauth_routes(const oauth_rules& o) {
    std::vector<route> out;
    const auto add = [&out](std::string_view method, std::string_view path, std::string_view handler) {
        if (path.empty()) return;
        route r;
        r.method = method;
        r.path = path;
        r.handler = handler;
        r.is_public = true;
        out.push_back(std::move(r));
    };
    if (!o.enabled()) return out;
    add("POST", o.token, "oauth.token");
    add("GET", o.authorize, "oauth.authorize");
    add("POST", o.authorize, "oauth.authorize");
    add("POST", o.revoke, "oauth.revoke");
    add("POST", o.introspect, "oauth.introspect");
    add("POST", o.registration, "oauth.register");
    add("GET", "/.well-known/oauth-authorization-server", "oauth.server_metadata");
    add("GET", "/.well-known/oauth-protected-resource", "oauth.resource_metadata");
    return out;
}

// The portal's pages and what they call. Who is signed in is theirs to find out: a browser there is no bearer of a token.
std::vector<route> own_routes(const api& of) {
    auto out = oauth_routes(of.rules.oauth);
    if (!of.portal.enabled()) return out;
    for (const auto& endpoint : portal_endpoints()) {
        route r;
        r.method = endpoint.method;
        r.path = of.portal.path + std::string(endpoint.path);
        r.handler = endpoint.handler;
        r.is_public = true;
        out.push_back(std::move(r));
    }
    return out;
}

// Routes, catalogue and numbers of `out` from `doc`.
bool compile_routes(const builder& b, const document& doc, const openapi_options& options, api& out) {
    const auto number = [&](std::string_view scope) { return b.numbers.scope(out.name, scope); };
    auto compiled = compile_openapi(doc, out.rules, number, options, b.problems);
    if (!compiled) return false;
    check_handlers(b, doc.file, compiled->routes, out);
    if (out.publish != publish_mode::off) out.published = publish_openapi(doc, *compiled, out.rules);
    out.routes = std::move(compiled->routes);
    out.catalogue = std::move(compiled->catalogue);
    out.scope_numbers = std::move(compiled->numbers);
    const auto signs_in = [](const route& r) { return r.handler == "oauth.authorize" || r.handler == portal_sign_in; };
    out.signs_users_in = std::ranges::any_of(out.routes.routes(), signs_in);
    return true;
}

// Without a document there are no routes; the contract's own scopes are still granted and shown.
document empty_openapi() {
    document doc{"", node::make_mapping()};
    doc.root.set("openapi", node::make_string("3.1.0"));
    doc.root.set("paths", node::make_mapping());
    return doc;
}

void number_all(const builder& b, api& out) {
    out.number = b.number(out.name);
    for (auto& e : out.environments) e.number = b.number(e.name);
    for (const auto& kind : out.rules.kinds) out.kind_numbers.push_back(b.number(kind.kind));
    if (const auto* kind = out.rules.oauth.enabled() ? out.rules.find_kind(out.rules.oauth.kind) : nullptr) {
        out.client_kind = b.number(kind->kind);
        out.client_audience = b.number(kind->audience);
    }
    for (const auto& version : out.rules.versions.supported) out.version_numbers.push_back(b.number(version.name));
}

// The routes that no document names: they share the number after the document's.
void add_own_routes(api& out) {
    out.self_route.number = static_cast<std::uint32_t>(out.routes.routes().size());
    out.self_route.path = "(unlisted)";
    if (out.publish == publish_mode::off) return;
    out.document_route.number = out.self_route.number;
    out.document_route.method = "GET";
    out.document_route.path = "/openapi.json";
    out.document_route.is_public = out.publish == publish_mode::everyone;
    out.document_route.handler = "openapi.document";
}

// What is kept of an answer is sealed under a key that is derived from the master.
void check_replays(const builder& b, const api_config& wish, const api& of) {
    const auto& routes = of.routes.routes();
    const auto at = std::ranges::find_if(routes, [](const route& r) { return r.idempotency != idempotency_mode::none; });
    if (at == routes.end() || !b.from.keys.master.empty()) return;
    b.error(wish.line, wish.name,
        fmt::format("`{} {}` keeps answers for idempotent repeats (x-idempotency), sealed under a key of yours: write `keys: {{ master: "
                    "\"file:master.key\" }}` "
                    "and make that file with openssl rand -hex 32",
            at->method, at->path));
}

// Keys of tokens that are not stored are derived from the master.
void check_issuing(const builder& b, const api_config& wish, const api& of) {
    if (!of.rules.oauth.enabled() || !b.from.keys.master.empty()) return;
    b.error(wish.line, wish.name,
        "its contract issues access tokens (oauth), which a key of yours signs: write `keys: { master: \"file:master.key\" }` and make that file "
        "with openssl rand -hex 32");
}

// What users may give to tokens of their own has to be there to be given.
void check_portal(const builder& b, const api_config& wish, api& of) {
    if (!of.portal.enabled()) return;
    if (of.portal.kind.empty()) of.portal.kind = of.rules.kinds.front().kind;
    std::vector<std::string_view> kinds, scopes;
    for (const auto& k : of.rules.kinds) kinds.emplace_back(k.kind);
    for (const auto& [scope, number] : of.scope_numbers) scopes.emplace_back(scope);
    if (std::ranges::find(kinds, of.portal.kind) == kinds.end())
        b.error(wish.line, wish.name,
            fmt::format("`portal.kind`: the contract has no kind `{}`: write one of {}", of.portal.kind, fmt::join(kinds, ", ")));
    for (const auto& scope : of.portal.scopes)
        if (std::ranges::find(scopes, scope) == scopes.end())
            b.error(
                wish.line, wish.name, fmt::format("`portal.scopes`: the API has no scope `{}`: write some of {}", scope, fmt::join(scopes, ", ")));
}

// The book's own copy of `made`.
const api& enter(const builder& b, std::unique_ptr<api> made) {
    made->index = static_cast<std::uint32_t>(b.book.apis().size());
    number_all(b, *made);
    add_own_routes(*made);
    return b.book.add(std::move(made));
}

// The pools of `wish` go to the table; each environment gets the one that names it, or the one for all.
void connect_environments(const builder& b, const api_config& wish, api& out) {
    std::map<std::string, std::uint32_t> by_name;
    for (const auto& pool : wish.upstream) {
        by_name.emplace(pool.environment, static_cast<std::uint32_t>(b.pools.size()));
        b.pools.push_back(pool);
        const bool known =
            pool.environment.empty() || std::ranges::find(out.environments, pool.environment, &environment::name) != out.environments.end();
        if (!known)
            b.error(pool.line, wish.name,
                fmt::format("the contract knows no environment `{}`: write one of {}", pool.environment,
                    out.rules.environments.empty() ? "none (a single pool)" : fmt::format("{}", fmt::join(out.rules.environments, ", "))));
    }
    for (auto& e : out.environments) {
        auto found = by_name.find(e.name);
        if (found == by_name.end()) found = by_name.find("");
        if (found != by_name.end()) e.pool = found->second;
        else
            b.error(wish.line, wish.name,
                fmt::format("the environment `{}` has no upstream: write `{}: {{ servers: [ … ] }}` under `upstream`", e.name, e.name));
    }
}

std::optional<std::uint32_t> environment_of(const builder& b, const host_config& host, const api& of) {
    const auto& names = of.rules.environments;
    if (host.environment.empty() && of.environments.size() == 1) return 0;
    const auto found = std::ranges::find(of.environments, host.environment, &environment::name);
    if (!host.environment.empty() && found != of.environments.end()) return static_cast<std::uint32_t>(found - of.environments.begin());
    if (names.empty()) {
        b.error(host.line, of.name, fmt::format("the contract knows no environments: write `hosts: [ {} ]`", host.host));
    } else if (host.environment.empty()) {
        b.error(
            host.line, of.name, fmt::format("the host `{}` needs an environment: write `hosts: {{ {}: {} }}`", host.host, host.host, names.front()));
    } else {
        b.error(host.line, of.name, fmt::format("the contract knows no environment `{}`: write one of {}", host.environment, fmt::join(names, ", ")));
    }
    return std::nullopt;
}

void add_hosts(const builder& b, const api_config& wish, const api& of) {
    std::vector<bool> reached(of.environments.size());
    for (const auto& host : wish.hosts) {
        const auto e = environment_of(b, host, of);
        if (!e) continue;
        reached[*e] = true;
        if (!b.book.add_host(host.host, of, *e))
            b.error(host.line, wish.name, fmt::format("the host `{}` leads elsewhere already: write it once", host.host));
    }
    for (std::size_t i = 0; i < reached.size(); ++i)
        if (!reached[i] && !of.environments[i].name.empty()) {
            b.warn(wish.line, wish.name, fmt::format("no host leads to the environment `{}`: write one under `hosts`", of.environments[i].name));
        }
}

void add_api(const builder& b, const api_config& wish) {
    auto rules = contract_of(b, wish.name, wish.contract);
    const auto doc = wish.openapi.empty() ? std::optional(empty_openapi()) : load_document(wish.openapi, b.problems);
    if (!rules || !doc) return;
    auto made = std::make_unique<api>();
    made->name = wish.name;
    made->rules = std::move(*rules);
    made->unlisted = wish.unlisted;
    made->publish = wish.publish;
    made->cors = wish.cors;
    made->portal = wish.portal;
    made->enforced = wish.enforce;
    if (!wish.enforce) b.warn(wish.line, wish.name, "`enforce: false` lets through what lacks a scope, an include or an audience, and counts it");
    if (!compile_routes(b, *doc, {wish.unsupported_security_is_token, own_routes(*made)}, *made)) return;
    check_replays(b, wish, *made);
    check_issuing(b, wish, *made);
    check_portal(b, wish, *made);
    for (const auto& name : made->rules.environments) made->environments.push_back({name, atom::none, no_pool});
    if (made->environments.empty()) made->environments.emplace_back();
    connect_environments(b, wish, *made);
    add_hosts(b, wish, enter(b, std::move(made)));
}

// The management API. Its peers on the socket are operators; its tokens are least privilege like everyone's.
void add_builtin(const builder& b) {
    const auto doc = parse_document("management.openapi.yaml", management_openapi(), b.problems);
    if (!doc) return;
    auto made = std::make_unique<api>();
    made->name = builtin_api_name;
    made->rules = generic_contract();
    made->rules.name = "Tollgate";
    made->rules.scopes.required = true;
    made->rules.scopes.implies = {{"tokens:write", {"tokens:read"}}, {"users:write", {"users:read"}}};
    made->trusts_caller_identity = true;
    made->publish = publish_mode::everyone;  // what it can do is no secret: the document is in the sources
    if (!compile_routes(b, *doc, {}, *made)) return;
    made->environments.push_back({"", atom::none, no_pool});
    enter(b, std::move(made));
}

}  // namespace

numbering counting_numbering() {
    const auto texts = std::make_shared<std::map<std::string, atom, std::less<>>>();
    const auto scopes = std::make_shared<std::map<std::string, scope_numbering>>();
    const auto text = [texts](std::string_view t) -> result<atom> { return texts->emplace(t, static_cast<atom>(texts->size() + 1)).first->second; };
    const auto scope = [scopes](std::string_view api, std::string_view name) -> result<scope_number> {
        return scopes->try_emplace(std::string(api), counting_numbers()).first->second(name);
    };
    return {text, scope};
}

std::optional<built_rulebook> build_rulebook(const config& from, const numbering& numbers, problem_list& problems) {
    problem_list found;
    auto book = std::make_shared<rulebook>();
    built_rulebook out;
    const builder b{from, numbers, found, *book, out.pools, out.words};
    add_builtin(b);
    for (const auto& wish : from.apis) add_api(b, wish);
    for (const auto& p : found.items()) problems.add(p);
    if (found.has_errors()) return std::nullopt;
    out.book = std::move(book);
    return out;
}

}  // namespace tollgate
