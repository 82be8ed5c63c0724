// Broken OpenAPI documents: every problem with file, line, JSON path and what to write instead.
#include "tollgate/base/bounds.hpp"
#include "tollgate/rules/openapi.hpp"

#include <boost/test/unit_test.hpp>

namespace tollgate {

namespace {

contract sample_contract() {
    contract out;
    out.source = "c.yaml";
    out.kinds.resize(2);
    out.kinds[0].audience = "service";
    out.kinds[1].audience = "admin";
    return out;
}

struct outcome {
    bool compiled = false;
    std::string problems;
};

outcome compile(std::string_view text, const contract& rules = sample_contract(), const openapi_options& options = {}) {
    problem_list problems;
    const auto doc = parse_document("a.yaml", text, problems);
    outcome out;
    out.compiled = doc && compile_openapi(*doc, rules, counting_numbers(), options, problems).has_value();
    for (const auto& p : problems.items()) out.problems += p.text() + '\n';
    return out;
}

// Lines 1 to 3 of a document whose line 4 is the first of `rest`.
std::string with_schemes(std::string_view rest) {
    return "openapi: 3.1.0\n"
           "components: {securitySchemes: {bearer: {type: http, scheme: bearer}, basic: {type: http, scheme: basic},"
           " oauth: {type: oauth2, flows: {clientCredentials: {scopes: {'a:read': Reads, 'a:write': Writes}}}}}}\n"
           "security: [{bearer: []}]\n" +
        std::string(rest);
}

struct row {
    std::string_view title;
    std::string_view text;
    std::string_view expected;  // beginnings of the lines
};

// Whether each line of `said` begins with the line of `expected` at its place.
bool lines_begin_with(std::string_view said, std::string_view expected) {
    while (!said.empty() || !expected.empty()) {
        const auto s = said.substr(0, said.find('\n'));
        const auto e = expected.substr(0, expected.find('\n'));
        if (!s.starts_with(e) || said.empty() || expected.empty()) return false;
        said.remove_prefix(std::min(s.size() + 1, said.size()));
        expected.remove_prefix(std::min(e.size() + 1, expected.size()));
    }
    return true;
}

void check(std::initializer_list<row> rows, bool compiled, bool schemes) {
    for (const auto& [title, text, expected] : rows) {
        const auto got = compile(schemes ? with_schemes(text) : std::string(text));
        BOOST_TEST(got.compiled == compiled, title << ": " << got.problems);
        BOOST_TEST(lines_begin_with(got.problems, expected), title << ": " << got.problems);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openapi_problems_test)

BOOST_AUTO_TEST_CASE(what_is_no_document_of_ours) {
    check(
        {
            {"a list", "[]", "a.yaml:1: error: not an OpenAPI document"},
            {"nothing", "", "a.yaml:1: error: not an OpenAPI document"},
            {"Swagger", "info: {}\nswagger: '2.0'\npaths: {}\n",
                "a.yaml:2: error: Swagger 2.0 is not read; convert the document to OpenAPI 3.0 or 3.1 (at $.swagger)"},
            {"no version", "paths: {}\n", "a.yaml:1: error: no version; write `openapi: 3.1.0` (at $.openapi)"},
            {"future", "openapi: 4.0.0\npaths: {}\n", "a.yaml:1: error: OpenAPI 4.0.0 is not read; write 3.0 or 3.1 (at $.openapi)"},
            {"3.10", "openapi: 3.10.0\npaths: {}\n", "a.yaml:1: error: OpenAPI 3.10.0 is not read"},
            {"no paths", "openapi: 3.0.3\n", "a.yaml:1: error: no paths; write `paths:` with at least one (at $.paths)"},
            {"paths as a list", "openapi: 3.0.3\npaths: []\n", "a.yaml:2: error: 'paths' is not a mapping"},
        },
        false, false);
}

BOOST_AUTO_TEST_CASE(paths_and_operations) {
    check(
        {
            {"no slash", "paths:\n  a: {get: {}}\n", "a.yaml:5: error: a path begins with '/'; put one in front (at $.paths.a)"},
            {"query", "paths:\n  /a?x=1: {get: {}}\n", "a.yaml:5: error: a path has no query"},
            {"fragment", "paths:\n  '/a#b': {get: {}}\n", "a.yaml:5: error: a path has no fragment"},
            {"brace", "paths:\n  '/{a': {get: {}}\n",
                "a.yaml:5: error: '{' without '}' in the same segment; write a parameter as {name} (at $.paths['/{a'])"},
            {"path of another kind", "paths:\n  /a: []\n", "a.yaml:5: error: a path is not a mapping"},
            {"operation of another kind", "paths:\n  /a:\n    get: []\n",
                "a.yaml:6: error: an operation is not a mapping; write its `responses` at least (at $.paths['/a'].get)"},
            {"upper-case method", "paths:\n  /a:\n    GET: {}\n",
                "a.yaml:6: error: 'GET' is no method; methods are written in lower case (at $.paths['/a'].GET)"},
            {"misspelt method", "paths:\n  /a:\n    pots: {}\n", "a.yaml:6: error: 'pots' is no method, did you mean 'post'?"},
            {"same shape", "paths:\n  /a/{id}:\n    get: {}\n  /a/{name}:\n    get: {}\n    post: {}\n",
                "a.yaml:8: error: GET /a/{name} is the same route as /a/{id} in line 6; parameter names do not tell paths apart: remove one (at "
                "$.paths['/a/{name}'].get)"},
            {"same after decoding", "paths:\n  /a-b:\n    get: {}\n  /a%2Db:\n    get: {}\n",
                "a.yaml:8: error: GET /a%2Db is the same route as /a-b in line 6"},
            {"all problems at once", "paths:\n  b: {}\n  /a:\n    get: {security: [{none: []}]}\n    put: {x-aal: 3}\n",
                "a.yaml:5: error: a path begins\na.yaml:7: error: no security scheme 'none'\na.yaml:8: error: an assurance level"},
        },
        false, true);
}

BOOST_AUTO_TEST_CASE(references) {
    check(
        {
            {"elsewhere", "paths:\n  /a: {$ref: 'b.yaml#/x'}\n",
                "a.yaml:5: error: 'b.yaml#/x' is not within this document; bundle the documents into one, and write \"#/…\" (at "
                "$.paths['/a']['$ref'])"},
            {"anchor", "paths:\n  /a: {$ref: '#here'}\n", "a.yaml:5: error: '#here' is not within this document"},
            {"nothing there", "paths:\n  /a: {$ref: '#/components/pathItems/a'}\n",
                "a.yaml:5: error: '#/components/pathItems/a' points at nothing: there is no $.components.pathItems"},
            {"not a string", "paths:\n  /a: {$ref: 3}\n", "a.yaml:5: error: '$ref' is not a string"},
            {"cycle of one", "paths:\n  /a: {$ref: '#/paths/~1a'}\n",
                "a.yaml:5: error: '$ref' leads back to itself; break the cycle (at $.paths['/a'])"},
            {"cycle of two", "paths:\n  /a: {$ref: '#/paths/~1b'}\n  /b: {$ref: '#/paths/~1a'}\n",
                "a.yaml:5: error: '$ref' leads back to itself\na.yaml:6: error: '$ref' leads back to itself"},
            {"operation beside", "paths:\n  /a: {get: {}}\n  /b:\n    $ref: '#/paths/~1a'\n    post: {}\n",
                "a.yaml:8: error: stands beside '$ref' and would be lost; move it to the referenced path item (at $.paths['/b'].post)"},
            {"parameter", "paths:\n  /a/{b}:\n    get:\n      parameters:\n        - $ref: '#/none'\n",
                "a.yaml:8: error: '#/none' points at nothing"},
        },
        false, true);
}

BOOST_AUTO_TEST_CASE(servers) {
    check(
        {
            {"no URL", "servers:\n  - {}\npaths: {}\n", "a.yaml:5: error: a server has no URL; write `url: https://host/base` (at $.servers[0].url)"},
            {"not a list", "servers: {url: /a}\npaths: {}\n", "a.yaml:4: error: 'servers' is not a list"},
            {"variable without default", "servers:\n  - url: /{v}\n    variables:\n      v: {}\npaths: {}\n",
                "a.yaml:7: error: a server variable has no default; write `default: …` (at $.servers[0].variables.v)\na.yaml:5: error: base path "
                "'/{v}' holds a variable"},
            {"unknown variable", "servers: [{url: 'https://h/{v}'}]\npaths: {}\n",
                "a.yaml:4: error: base path '/{v}' holds a variable without a default"},
            {"double slash", "servers: [{url: 'https://h/a//b'}]\npaths: {}\n", "a.yaml:4: error: base path '/a//b': empty segments"},
            {"too many segments together", "paths:\n  /a:\n    get: {servers: [{url: '/x/../y'}]}\n",
                "a.yaml:6: error: base path '/x/../y': '.' and '..'"},
        },
        false, true);
}

BOOST_AUTO_TEST_CASE(security) {
    check(
        {
            {"unknown scheme", "paths:\n  /a:\n    get:\n      security:\n        - baerer: []\n",
                "a.yaml:8: error: no security scheme 'baerer', did you mean 'bearer'?; define it under components.securitySchemes (at "
                "$.paths['/a'].get.security[0].baerer)"},
            {"null", "paths:\n  /a:\n    get:\n      security:\n",
                "a.yaml:7: error: 'security' is not a list; write [{scheme: [scopes]}], or [] for an operation that is public"},
            {"a mapping", "paths:\n  /a: {get: {security: {bearer: []}}}\n", "a.yaml:5: error: 'security' is not a list"},
            {"a name", "paths:\n  /a: {get: {security: [bearer]}}\n", "a.yaml:5: error: a security requirement is not a mapping"},
            {"scopes as text", "paths:\n  /a: {get: {security: [{bearer: read}]}}\n", "a.yaml:5: error: scopes are not a list; write [] for none"},
            {"a scope with a space", "paths:\n  /a: {get: {security: [{bearer: ['a b']}]}}\n",
                "a.yaml:5: error: not a scope that a token could have"},
            {"a scope with a quote", "paths:\n  /a: {get: {security: [{bearer: ['a\"b']}]}}\n",
                "a.yaml:5: error: not a scope that a token could have"},
            {"basic alone", "paths:\n  /a:\n    get:\n      security: [{basic: []}]\n",
                "a.yaml:7: error: no alternative can be verified here ('basic' is http basic); add one with a scheme of type oauth2 or http bearer, "
                "or write "
                "`unsupported_security: token` for this API: then any valid token gets through (at $.paths['/a'].get.security)"},
            {"basic and bearer together", "paths:\n  /a: {get: {security: [{basic: [], bearer: []}]}}\n",
                "a.yaml:5: error: no alternative can be verified here"},
            {"misspelt scope", "paths:\n  /a: {get: {security: [{oauth: ['a:raed']}]}}\n",
                "a.yaml:5: error: scope 'a:raed' stands in no catalogue; did you mean 'a:read'? Else declare it under `x-scopes` (at "
                "$.paths['/a'].get.security[0].oauth[0])"},
            {"scopes of an operation that demands none", "paths:\n  /a:\n    get:\n      x-scopes: ['a:read']\n",
                "a.yaml:7: error: scope 'a:read' is not demanded by this operation's `security`; demand it there (at "
                "$.paths['/a'].get['x-scopes'][0])"},
        },
        false, true);
    check(
        {
            {"scheme without type", "openapi: 3.0.0\ncomponents:\n  securitySchemes:\n    x: {}\npaths: {}\n",
                "a.yaml:4: error: a security scheme has no type; write `type: http` and `scheme: bearer`, or `type: oauth2` (at "
                "$.components.securitySchemes.x.type)"},
            {"unknown type", "openapi: 3.0.0\ncomponents:\n  securitySchemes:\n    x:\n      type: oauth\nsecurity: [{x: []}]\npaths: {}\n",
                "a.yaml:5: error: unknown type 'oauth' of a security scheme, did you mean 'oauth2'?"},
            {"root that cannot be verified, once",
                "openapi: 3.0.0\ncomponents: {securitySchemes: {k: {type: apiKey, in: query, name: key}}}\nsecurity: [{k: []}]\npaths: {/a: {get: "
                "{}, put: {}}}\n",
                "a.yaml:3: error: no alternative can be verified here ('k' is apiKey in query)"},
        },
        false, false);
}

BOOST_AUTO_TEST_CASE(extensions) {
    check(
        {
            {"unknown audience", "paths:\n  /a: {get: {x-audiences: [servce]}}\n",
                "a.yaml:5: error: no kind of token in the contract has audience 'servce', did you mean 'service'? (at "
                "$.paths['/a'].get['x-audiences'][0])"},
            {"audience as text", "paths:\n  /a: {get: {x-audiences: admin}}\n", "a.yaml:5: error: write a list of audiences"},
            {"no audience", "paths:\n  /a: {get: {x-audiences: []}}\n", "a.yaml:5: error: write a list of audiences"},
            {"level 3", "paths:\n  /a: {get: {x-aal: 3}}\n", "a.yaml:5: error: an assurance level is 1 or 2 (at $.paths['/a'].get['x-aal'])"},
            {"level as text", "paths:\n  /a: {get: {x-aal: '2'}}\n", "a.yaml:5: error: an assurance level is 1 or 2"},
            {"idempotency", "paths:\n  /a: {get: {x-idempotency: yes}}\n", "a.yaml:5: error: write `required` or `accepted`"},
            {"include as list", "paths:\n  /a: {get: {x-include-scopes: [a]}}\n", "a.yaml:5: error: write a mapping, {name: scope}"},
            {"include of nothing", "paths:\n  /a: {get: {x-include-scopes: {b: }}}\n", "a.yaml:5: error: not a scope; write the name"},
            {"misspelt included scope", "paths:\n  /a: {get: {x-include-scopes: {b: 'a:raed'}}}\n",
                "a.yaml:5: error: scope 'a:raed' stands in no catalogue; did you mean 'a:read'?"},
            {"rate limit", "paths:\n  /a: {get: {x-rate-limit: 60/min}}\n",
                "a.yaml:5: error: write a mapping, {sustained: 60/min, burst: 100} (at $.paths['/a'].get['x-rate-limit'])"},
            {"rate of nothing", "paths:\n  /a: {get: {x-rate-limit: {burst: 5}}}\n", "a.yaml:5: error: does not say how often"},
            {"rate in words", "paths:\n  /a: {get: {x-rate-limit: {sustained: often}}}\n", "a.yaml:5: error: `often` is not a rate"},
            {"rate of everybody", "paths:\n  /a: {get: {security: [], x-rate-limit: {sustained: 1/s}}}\n",
                "a.yaml:5: error: x-rate-limit counts by token, and this operation is public"},
            {"rate per token", "paths:\n  /a: {get: {x-rate-limit: {sustained: 1/s, per: token}}}\n", "a.yaml:5: error: not known here"},
            {"handler", "paths:\n  /a: {get: {x-tollgate-handler: 'Me too'}}\n", "a.yaml:5: error: write the name of a handler"},
            {"misspelt handler", "paths:\n  /a: {get: {x-tollgate-handle: me}}\n",
                "a.yaml:5: error: unknown key 'x-tollgate-handle', did you mean 'x-tollgate-handler'?; remove it"},
            {"encoded slash", "paths:\n  /a/{b}: {get: {x-encoded-slash: true}}\n", "a.yaml:5: error: write `allow`, or leave the key out"},
            {"encoded slash of a parameter", "paths:\n  /a/{b}:\n    get:\n      parameters: [{in: path, name: b, x-encoded-slash: yes}]\n",
                "a.yaml:7: error: write `allow`, or leave the key out (at $.paths['/a/{b}'].get.parameters[0]['x-encoded-slash'])"},
            {"at the root", "x-aal: 2\npaths: {}\n",
                "a.yaml:4: error: 'x-aal' means nothing at the root; write it at each operation or path (at $['x-aal'])"},
            {"inherited by the operation", "paths:\n  /a:\n    x-aal: 5\n    get: {}\n",
                "a.yaml:6: error: an assurance level is 1 or 2 (at $.paths['/a']['x-aal'])"},
        },
        false, true);
}

BOOST_AUTO_TEST_CASE(warnings_do_not_stop) {
    check(
        {
            {"undeclared scope", "paths:\n  /a: {get: {security: [{bearer: [zebra]}]}}\n",
                "a.yaml:5: warning: scope 'zebra' stands in no catalogue, and gets no description; describe under root `x-scopes: {name: "
                "description}` (at $.paths['/a'].get.security[0].bearer[0])"},
            {"undeclared scopes, once", "paths:\n  /a: {get: {security: [{bearer: [zebra, yak]}, {bearer: [zebra, gnu]}]}}\n",
                "a.yaml:5: warning: scope 'zebra' and 2 more stand in no catalogue, and get no description"},
            {"null scopes", "paths:\n  /a:\n    get:\n      security:\n        - bearer:\n",
                "a.yaml:8: warning: null is read as a list without scopes; write []"},
            {"empty mapping", "paths:\n  /a: {get: {security: {}}}\n", "a.yaml:5: warning: an empty mapping is read as public; write `security: []`"},
            {"near miss", "paths:\n  /a: {get: {x-audience: [admin]}}\n", "a.yaml:5: warning: 'x-audience' is not read; did you mean 'x-audiences'?"},
            {"more than demanded", "paths:\n  /a: {get: {security: [{oauth: ['a:read']}], x-scopes: ['a:read', 'a:write']}}\n",
                "a.yaml:5: warning: scope 'a:write' is not demanded by this operation's `security`"},
            {"odd scope in a catalogue", "x-scopes: {'odd one': x}\npaths: {}\n",
                "a.yaml:4: warning: not a scope that a token could have, and left out"},
            {"foreign extensions", "x-tags: []\npaths:\n  /a: {x-foo: 1, get: {x-codeSamples: []}}\n", ""},
        },
        true, true);
}

BOOST_AUTO_TEST_CASE(an_unknown_default_scope_is_the_contracts_problem) {
    auto rules = sample_contract();
    rules.scopes.defaults = {"a:read", "a:wirte"};
    const auto got = compile(with_schemes("paths: {}\n"), rules);
    BOOST_TEST(!got.compiled);
    BOOST_TEST(
        got.problems == "c.yaml: error: default scope 'a:wirte' is not a scope of this API, did you mean 'a:write'? (at $.scopes.default[1])\n");
}

BOOST_AUTO_TEST_CASE(scopes_are_bounded) {
    const auto with = [](std::size_t scopes) {
        std::string text = "x-scopes:\n";
        for (std::size_t i = 0; i < scopes; ++i) text += "  s" + std::to_string(i) + "-scope: ''\n";
        return compile(with_schemes(text + "paths: {}\n"));
    };
    const auto room = bounds::scopes_per_api - 2;  // the scheme declares two
    BOOST_TEST(with(room).compiled, with(room).problems);
    const auto over = with(room + 1);
    BOOST_TEST(!over.compiled);
    BOOST_TEST(over.problems == "a.yaml:1: error: 513 scopes; an API has at most 512: leave out those that no operation demands (at $)\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_fail_are_a_problem_and_not_asked_for_in_vain) {
    problem_list problems;
    const auto good = parse_document("a.yaml", with_schemes("paths: {}\n"), problems);
    const auto full = [](std::string_view) -> result<scope_number> { return failure{errc::unavailable, "the store is closed"}; };
    BOOST_TEST(!compile_openapi(*good, sample_contract(), full, {}, problems).has_value());
    BOOST_TEST(problems.items().back().what == "scope 'a:read' gets no number: the store is closed");
    const auto high = [](std::string_view) -> result<scope_number> { return scope_number{bounds::scopes_per_api}; };
    BOOST_TEST(!compile_openapi(*good, sample_contract(), high, {}, problems).has_value());

    int asked = 0;
    const auto counting = [&asked](std::string_view) -> result<scope_number> { return static_cast<scope_number>(asked++); };
    const auto broken = parse_document("a.yaml", with_schemes("paths: {a: {}}\n"), problems);
    BOOST_TEST(!compile_openapi(*broken, sample_contract(), counting, {}, problems).has_value());
    BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
