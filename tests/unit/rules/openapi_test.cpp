// Good OpenAPI documents: base paths, security, scopes and inclusion, references, extensions, and what is published.
#include "tollgate/rules/openapi.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace tollgate {

namespace {

contract plain_contract() {
    contract out;
    out.kinds.resize(1);
    return out;
}

document parsed(std::string_view text) {
    problem_list problems;
    auto doc = parse_document("a.yaml", text, problems);
    for (const auto& p : problems.items()) BOOST_TEST_MESSAGE(p.text());
    BOOST_TEST_REQUIRE(doc.has_value());
    return *std::move(doc);
}

compiled_api compiled(const document& doc, const contract& rules = plain_contract(), const openapi_options& options = {}) {
    problem_list problems;
    auto out = compile_openapi(doc, rules, counting_numbers(), options, problems);
    for (const auto& p : problems.items()) BOOST_TEST_MESSAGE(p.text());
    BOOST_TEST_REQUIRE(out.has_value());
    return *std::move(out);
}

compiled_api compiled(std::string_view text, const contract& rules = plain_contract(), const openapi_options& options = {}) {
    return compiled(parsed(text), rules, options);
}

// "GET /a; POST /b" in the table's order.
std::string routes_of(const compiled_api& api) {
    std::string out;
    for (const auto& r : api.routes.routes()) out += (out.empty() ? "" : "; ") + r.method + ' ' + r.path;
    return out;
}

const route& route_at(const compiled_api& api, std::string_view method, std::string_view path) {
    const auto m = api.routes.match(method, path);
    BOOST_TEST_REQUIRE((m.outcome == route_match::kind::found), method << ' ' << path);
    return *m.found;
}

// "public", "token", or the alternatives: "a+b|c".
std::string access_of(const route& r) {
    if (r.is_public) return "public";
    if (r.any_of.empty()) return "token";
    std::string out;
    for (const auto& d : r.any_of) {
        if (&d != &r.any_of.front()) out += '|';
        if (d.all_of.empty()) out += "token";
        for (const auto& scope : d.all_of) out += (&scope == &d.all_of.front() ? "" : "+") + scope.name;
    }
    return out;
}

// Whether a token with these scopes gets through.
bool passes(const compiled_api& api, const route& r, const std::vector<std::string>& granted) {
    scope_set have;
    for (const auto& [name, number] : api.numbers)
        if (std::find(granted.begin(), granted.end(), name) != granted.end()) have.add(number);
    if (r.is_public || r.any_of.empty()) return true;
    return std::any_of(r.any_of.begin(), r.any_of.end(), [&](const demand& d) {
        return std::all_of(d.all_of.begin(), d.all_of.end(), [&](const demand::scope& s) { return have.meets(s.satisfied_by); });
    });
}

std::string catalogue_of(const compiled_api& api) {
    std::string out;
    for (const auto& entry : api.catalogue) out += entry.name + '=' + entry.description + '/' + entry.use_case + ';';
    return out;
}

constexpr std::string_view schemes = R"(
components:
  securitySchemes:
    bearer: {type: http, scheme: Bearer}
    oauth: {type: oauth2, flows: {authorizationCode: {scopes: {a: Letter a, b: Letter b}}, clientCredentials: {scopes: {c: Letter c}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: https://h/.well-known/openid-configuration}
    header: {type: apiKey, in: header, name: authorization}
    basic: {type: http, scheme: basic}
    key: {type: apiKey, in: query, name: k}
    tls: {type: mutualTLS}
    alias: {$ref: '#/components/securitySchemes/oauth'}
)";

std::string with_schemes(std::string_view rest) { return "openapi: 3.1.0" + std::string(schemes) + std::string(rest); }

}  // namespace

BOOST_AUTO_TEST_SUITE(openapi_test)

BOOST_AUTO_TEST_CASE(base_paths_come_from_servers) {
    struct row {
        std::string_view servers;
        std::string_view expected;
    };
    const row rows[] = {
        {"{}", "GET /a"},
        {"{servers: []}", "GET /a"},
        {"{servers: [{url: /}]}", "GET /a"},
        {"{servers: [{url: https://h.example}]}", "GET /a"},
        {"{servers: [{url: https://h.example:8443/v1/}]}", "GET /v1/a"},
        {"{servers: [{url: //h.example/v1}]}", "GET /v1/a"},
        {"{servers: [{url: v1}]}", "GET /v1/a"},
        {"{servers: [{url: ./v1}]}", "GET /v1/a"},
        {"{servers: [{url: .}]}", "GET /a"},
        {"{servers: [{url: 'https://'}]}", "GET /a"},
        {"{servers: [{url: 'https://h/v1?x=1#y'}]}", "GET /v1/a"},
        {"{servers: [{url: https://one/v1}, {url: https://two/v1/}, {url: https://two/v2}]}", "GET /v1/a; GET /v2/a"},
        {"{servers: [{url: 'https://{host}/{v}', variables: {host: {default: h}, v: {default: v3, enum: [v3, v4]}}}]}", "GET /v3/a"},
        {"{servers: [{url: '{all}/x', variables: {all: {default: 'https://h/y'}}}]}", "GET /y/x/a"},
        {"{servers: [{url: 'https://{agent}', variables: {agent: {default: '{your-agent}'}}}]}", "GET /a"},
    };
    for (const auto& [servers, expected] : rows) {
        auto doc = parsed(servers).root;
        auto paths = node::make_mapping();
        auto item = node::make_mapping();
        item.set("get", node::make_mapping());
        paths.set("/a", std::move(item));
        doc.set("openapi", node::make_string("3.0.3"));
        doc.set("paths", std::move(paths));
        const auto api = compiled(document{"a.yaml", std::move(doc)});
        BOOST_TEST(routes_of(api) == expected, servers << ": " << routes_of(api));
    }
}

BOOST_AUTO_TEST_CASE(inner_servers_win) {
    const auto api = compiled(
        "openapi: 3.0.3\nservers: [{url: /root}]\npaths:\n  /a:\n    get: {}\n  /b:\n    servers: [{url: /path}]\n    get: {}\n"
        "    post: {servers: [{url: /one}, {url: https://h/}]}\n    put: {servers: []}\n");
    BOOST_TEST(routes_of(api) == "GET /root/a; GET /path/b; PUT /path/b; POST /one/b; POST /b");
}

BOOST_AUTO_TEST_CASE(security_is_an_or_of_ands_and_the_operation_wins) {
    struct row {
        std::string_view root;
        std::string_view own;
        std::string_view expected;
    };
    const row rows[] = {
        {"", "", "token"},
        {"", "[]", "public"},
        {"", "{}", "public"},
        {"", "[{}]", "public"},
        {"", "[{bearer: []}, {}]", "public"},
        {"[]", "", "public"},
        {"[{oauth: [a]}]", "", "a"},
        {"[{oauth: [a]}]", "[]", "public"},
        {"[]", "[{oauth: [a]}]", "a"},
        {"[{oauth: [a]}]", "[{bearer: []}]", "token"},
        {"", "[{oauth: [a, b]}]", "a+b"},
        {"", "[{oauth: [a]}, {bearer: [c]}]", "a|c"},
        {"", "[{oauth: [a], bearer: [c]}]", "a+c"},
        {"", "[{oidc: [a]}, {header: []}, {alias: [b]}]", "a|token|b"},
        {"", "[{basic: []}, {oauth: [a]}]", "a"},
        {"", "[{key: [], oauth: [a]}, {tls: []}, {oauth: [b]}]", "b"},
    };
    for (const auto& [root, own, expected] : rows) {
        std::string text = with_schemes(root.empty() ? "" : "security: " + std::string(root) + '\n');
        text += "paths:\n  /a:\n    get:\n      operationId: x\n" + (own.empty() ? std::string{} : "      security: " + std::string(own) + '\n');
        const auto api = compiled(text);
        BOOST_TEST(access_of(route_at(api, "GET", "/a")) == expected, root << " / " << own << ": " << access_of(route_at(api, "GET", "/a")));
    }
}

BOOST_AUTO_TEST_CASE(a_token_may_stand_for_what_cannot_be_verified_but_never_for_less) {
    const auto access = [](std::string_view security) {
        const auto api = compiled(with_schemes("paths: {/a: {get: {security: " + std::string(security) + "}}}\n"), plain_contract(), {true});
        return access_of(route_at(api, "GET", "/a"));
    };
    BOOST_TEST(access("[{basic: []}]") == "token");
    BOOST_TEST(access("[{key: [], oauth: [a]}]") == "a");
    BOOST_TEST(access("[{basic: []}, {oauth: [b]}]") == "b");
    BOOST_TEST(access("[]") == "public");
}

BOOST_AUTO_TEST_CASE(the_catalogue_is_everything_declared_and_demanded_once) {
    auto rules = plain_contract();
    rules.scopes.catalogue = {{"b", "Contract's b", "Use of b"}, {"f", "Letter f", ""}};
    rules.scopes.implies = {{"g", {"a", "h"}}};
    const auto api = compiled(with_schemes("x-scopes: {d: Letter d, e: {description: Letter e, use_case: Spelling}, a: Other}\n"
                                           "paths: {/a: {get: {security: [{bearer: [zebra, q]}], x-scopes: {q: Letter q}}}}\n"),
        rules);
    BOOST_TEST(
        catalogue_of(api) == "a=Letter a/;b=Letter b/Use of b;c=Letter c/;d=Letter d/;e=Letter e/Spelling;q=Letter q/;f=Letter f/;g=/;h=/;zebra=/;");
    BOOST_TEST(api.numbers.size() == api.catalogue.size());
    for (std::size_t i = 0; i < api.numbers.size(); ++i) {
        BOOST_TEST(api.numbers[i].first == api.catalogue[i].name);
        BOOST_TEST(api.numbers[i].second == i);
    }
}

BOOST_AUTO_TEST_CASE(a_demand_is_satisfied_by_what_includes_it_and_by_the_wildcard) {
    auto rules = plain_contract();
    rules.scopes.wildcard = "*";
    rules.scopes.implies = {{"agent", {"write"}}, {"write", {"a"}}};
    const auto api = compiled(with_schemes("paths:\n  /a: {get: {security: [{oauth: [a]}]}, put: {security: [{bearer: [write, b]}]}}\n"), rules);
    const auto& get = route_at(api, "GET", "/a");
    BOOST_TEST(passes(api, get, {"a"}));
    BOOST_TEST(passes(api, get, {"write"}));
    BOOST_TEST(passes(api, get, {"agent"}));
    BOOST_TEST(passes(api, get, {"*"}));
    BOOST_TEST(!passes(api, get, {"b", "c"}));
    BOOST_TEST(!passes(api, get, {}));
    const auto& put = route_at(api, "PUT", "/a");
    BOOST_TEST(passes(api, put, {"agent", "b"}));
    BOOST_TEST(passes(api, put, {"*"}));
    BOOST_TEST(!passes(api, put, {"agent"}));
    BOOST_TEST(!passes(api, put, {"a", "b"}));
    BOOST_TEST(api.numbers.back().first == "*");
    BOOST_TEST(catalogue_of(api).find('*') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(references_are_followed) {
    const auto api = compiled(
        "openapi: 3.1.0\npaths:\n  /a/{id}: {$ref: '#/components/pathItems/one'}\n  /b/{id}: {$ref: '#/paths/~1a~1%7Bid%7D', summary: same}\n"
        "components:\n  pathItems:\n    one:\n      parameters: [{$ref: '#/components/parameters/0'}]\n      get: {operationId: seen}\n"
        "  parameters: [{in: path, name: id, x-encoded-slash: allow}]\n");
    BOOST_TEST(route_at(api, "GET", "/a/1%2F2").operation_id == "seen");
    BOOST_TEST(route_at(api, "GET", "/b/1%2F2").path == "/b/{id}");
}

BOOST_AUTO_TEST_CASE(extensions_reach_the_route) {
    auto rules = plain_contract();
    rules.kinds[0].audience = "admin";
    const auto api = compiled(with_schemes(R"(paths:
  /a:
    x-audiences: [admin]
    x-aal: 2
    get: {}
    post: {x-aal: 1, x-idempotency: required, x-tollgate-handler: tokens.create, x-include-scopes: {items: a, item.product: b}}
    put: {x-idempotency: accepted}
)"),
        rules);
    const auto& get = route_at(api, "GET", "/a");
    BOOST_TEST((get.audiences == std::vector<std::string>{"admin"}));
    BOOST_TEST(get.assurance == 2);
    BOOST_TEST((get.idempotency == idempotency_mode::none));
    BOOST_TEST(get.handler == "");
    const auto& post = route_at(api, "POST", "/a");
    BOOST_TEST((post.audiences == std::vector<std::string>{"admin"}));
    BOOST_TEST(post.assurance == 1);
    BOOST_TEST((post.idempotency == idempotency_mode::required));
    BOOST_TEST(post.handler == "tokens.create");
    BOOST_TEST(post.include_scopes.at("items") == "a");
    BOOST_TEST(post.include_scopes.at("item.product") == "b");
    BOOST_TEST((route_at(api, "PUT", "/a").idempotency == idempotency_mode::accepted));
}

BOOST_AUTO_TEST_CASE(audiences_are_free_where_the_contract_names_none) {
    const auto api = compiled("openapi: 3.0.3\npaths: {/a: {get: {x-audiences: [anyone]}}}\n");
    BOOST_TEST(route_at(api, "GET", "/a").audiences.front() == "anyone");
}

BOOST_AUTO_TEST_CASE(encoded_slashes_belong_to_their_parameter) {
    const auto api = compiled(R"(openapi: 3.0.3
servers: [{url: /v1}]
paths:
  /a/{x}/{y}:
    parameters: [{in: path, name: x, x-encoded-slash: allow}, {in: query, name: y, x-encoded-slash: allow}]
    get: {}
    put: {parameters: [{in: path, name: x}, {in: path, name: y, x-encoded-slash: allow}]}
    post: {x-encoded-slash: allow}
)");
    const auto found = [&](std::string_view method, std::string_view path) {
        return api.routes.match(method, path).outcome == route_match::kind::found;
    };
    BOOST_TEST(found("GET", "/v1/a/1%2F1/2"));
    BOOST_TEST(!found("GET", "/v1/a/1/2%2F2"));
    BOOST_TEST(!found("PUT", "/v1/a/1%2F1/2"));
    BOOST_TEST(found("PUT", "/v1/a/1/2%2F2"));
    BOOST_TEST(found("POST", "/v1/a/1%2F1/2%2F2"));
}

BOOST_AUTO_TEST_CASE(counting_numbers_count_and_remember) {
    const auto number = counting_numbers();
    BOOST_TEST(*number("a") == 0);
    BOOST_TEST(*number("b") == 1);
    BOOST_TEST(*number("a") == 0);
    BOOST_TEST(*counting_numbers()("b") == 0);
}

BOOST_AUTO_TEST_CASE(what_is_published_says_what_is_enforced) {
    auto rules = plain_contract();
    rules.scopes.wildcard = "*";
    const auto doc = parsed(with_schemes(R"(info: {title: Sample}
security: [{basic: []}, {oauth: [a]}]
paths:
  /a: {get: {summary: kept}, post: {security: []}, put: {security: [{key: []}]}}
  /b: {$ref: '#/components/pathItems/b'}
x-other: 1
)"));
    problem_list problems;
    auto root = doc.root;
    auto components = *root.find("components");
    components.set("pathItems", parsed("b: {patch: {security: [{oauth: [a, b]}, {bearer: [b]}]}}").root);
    root.set("components", std::move(components));
    const document full{"a.yaml", std::move(root)};
    const auto text = publish_openapi(full, compiled(full, rules, {true}), rules);
    const auto out = parse_document("p.json", text, problems);
    BOOST_TEST_REQUIRE(out.has_value());
    const auto json = [&](std::initializer_list<std::string_view> keys) {
        const node* at = &out->root;
        for (const auto key : keys) at = at == nullptr ? nullptr : at->find(key);
        return at == nullptr ? std::string("absent") : at->to_json();
    };
    BOOST_TEST(json({"x-scopes"}) == R"({"a":"Letter a","b":"Letter b","c":"Letter c","*":"Every scope"})");
    BOOST_TEST(json({"paths", "/a", "get"}) == R"({"summary":"kept","security":[{"oauth":["a"]}],"x-scopes":["a"]})");
    BOOST_TEST(json({"paths", "/a", "post"}) == R"({"security":[],"x-scopes":[]})");
    BOOST_TEST(json({"paths", "/a", "put"}) == R"({"security":[{"bearer":[]}],"x-scopes":[]})");
    BOOST_TEST(json({"paths", "/b", "patch"}) == R"({"security":[{"oauth":["a","b"]},{"bearer":["b"]}],"x-scopes":["a","b"]})");
    BOOST_TEST(json({"info"}) == R"({"title":"Sample"})");
    BOOST_TEST(json({"x-other"}) == "1");
}

BOOST_AUTO_TEST_CASE(a_document_without_a_scheme_is_published_with_one) {
    const auto doc = parsed("openapi: 3.0.3\npaths: {/a: {get: {}}}\ncomponents: {securitySchemes: {bearer: {type: http, scheme: basic}}}\n");
    const auto text = publish_openapi(doc, compiled(doc), plain_contract());
    problem_list problems;
    const auto out = parse_document("p.json", text, problems);
    BOOST_TEST_REQUIRE(out.has_value());
    BOOST_TEST(out->root.find("components")->to_json() ==
        R"({"securitySchemes":{"bearer":{"type":"http","scheme":"basic"},"bearerToken":{"type":"http","scheme":"bearer"}}})");
    BOOST_TEST(out->root.find("paths")->to_json() == R"({"/a":{"get":{"security":[{"bearerToken":[]}],"x-scopes":[]}}})");
    BOOST_TEST(compile_openapi(*out, plain_contract(), counting_numbers(), {}, problems).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
