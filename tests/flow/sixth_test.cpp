// Systems that nobody has heard of, served from data alone: the invented one of tests/data/sixth, and a document of the size
// of large public ones.
#include "flow/rows.hpp"

#include "tollgate/codec/document.hpp"

#include <map>
#include <set>
#include <sstream>

namespace tollgate::test {
namespace {

const std::string kTide = R"(
- name: tidewatch
  hosts: { dev.tide.test: dev, preview.tide.test: preview, prod.tide.test: prod }
  contract: contract.yaml
  openapi: openapi.json
  publish: public
  upstream: { dev: { servers: [ "http://@UP@" ] }, preview: { servers: [ "http://@UP@" ] }, prod: { servers: [ "http://@UP@" ] } }
)";

std::string data(const std::string& name) { return read_file(std::string(TOLLGATE_SOURCE_DIR) + "/tests/data/sixth/" + name); }

using words = std::vector<std::string>;

// "a | b c" -> {{a}, {b, c}}.
std::vector<words> alternatives(const std::string& text) {
    std::vector<words> out(1);
    std::istringstream in(text);
    for (std::string w; in >> w;) {
        if (w == "|") out.emplace_back();
        else out.back().push_back(w);
    }
    return out;
}

// Every largest set of scopes that lacks one scope of each alternative.
std::vector<words> one_less(const api& of, const std::vector<words>& demands) {
    std::vector<words> sets{all_but(of, "")};
    for (const auto& all_of : demands) {
        std::vector<words> next;
        for (const auto& set : sets)
            for (const auto& scope : all_of) {
                const auto rest = all_but(of, scope);
                auto& kept = next.emplace_back();
                std::copy_if(set.begin(), set.end(), std::back_inserter(kept),
                    [&](const auto& s) { return std::find(rest.begin(), rest.end(), s) != rest.end(); });
            }
        sets = std::move(next);
    }
    return sets;
}

struct tide {
    upstream up;
    gateway g{kTide, {{"contract.yaml", data("contract.yaml")}, {"openapi.json", data("openapi.json")}}, &up, {.more = {}, .secure = false}};
    std::string host = "prod.tide.test";
    std::map<std::string, std::string> made;

    std::string token(const std::string& kind, const words& scopes, const std::string& environment = "prod") {
        auto& text = made[kind + environment + json::serialize(json::array(scopes.begin(), scopes.end()))];
        if (text.empty()) text = g.create("tidewatch", of_kind(in_environment(named("Tide", scopes), environment), kind));
        return text;
    }
    message ask(const std::string& method, const std::string& path, const std::string& token = {}, const std::string& more = "Request-Token: r\r\n") {
        return g.ask(method, host, path, token, more);
    }
};

void check_text(const message& got, unsigned status, const std::string& type, const std::string& body, const std::string& note) {
    BOOST_TEST_CONTEXT(note << ", answered " << got.raw_head) {
        BOOST_TEST(got.status() == status);
        BOOST_TEST(got.field("Content-Type") == type);
        BOOST_TEST(got.body == body);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sixth)

BOOST_AUTO_TEST_CASE(every_operation_takes_exactly_its_scopes) {
    tide t;
    problem_list problems;
    const auto expected = parse_document("expected.yaml", data("expected.yaml"), problems);
    BOOST_REQUIRE(expected.has_value());
    std::size_t forwarded = 0, operations = 0;
    for (const auto& row : expected->root.find("operations")->items()) {
        const auto at = [&](std::size_t i) { return row.items()[i].text(); };
        const auto method = at(1), scope = at(3), path = sample_path(at(2));
        const auto* facts = row.items().size() > 4 ? &row.items()[4] : nullptr;
        const auto* audiences = facts != nullptr ? facts->find("audiences") : nullptr;
        const bool two_keys = facts != nullptr && facts->find("assurance") != nullptr;
        const std::string kind = audiences != nullptr && audiences->items().front().text() == "person" ? "skipper" : "gauge";
        BOOST_TEST_CONTEXT(method << " " << path << " demands " << scope) {
            ++operations;
            if (scope == "public") {
                BOOST_TEST(t.ask(method, path).status() == 200u);
                ++forwarded;
                continue;
            }
            check_text(t.ask(method, path), 401, "text/plain; charset=utf-8", "HALT 401: who goes there?\n", "without a token");
            const auto demands = alternatives(scope);
            for (const auto& all_of : demands) {
                BOOST_TEST(t.ask(method, path, t.token(kind, all_of)).status() == (two_keys ? 403u : 200u));
                forwarded += two_keys ? 0u : 1u;
            }
            for (const auto& scopes : one_less(t.g.of("tidewatch"), demands)) {
                const auto got = t.ask(method, path, t.token(kind, scopes));
                BOOST_TEST(got.status() == 403u);
                if (!two_keys) BOOST_TEST(got.body.starts_with("Ask for: "));
            }
            BOOST_TEST(t.up.requests().size() == forwarded);
        }
    }
    BOOST_TEST(operations == t.g.of("tidewatch").routes.routes().size());
}

BOOST_AUTO_TEST_CASE(scopes_include_what_the_contract_says) {
    tide t;
    const auto master = t.token("gauge", {"harbour/master"}), all = t.token("gauge", {"all"}), none_asked = t.token("gauge", {});
    BOOST_TEST(t.ask("GET", "/tide/v2/stations", master).status() == 200u, "two steps of inclusion");
    BOOST_TEST(t.ask("DELETE", "/tide/v2/stations/x", master).status() == 200u);
    BOOST_TEST(t.ask("GET", "/tide/v2/alarms/x", master).status() == 403u);
    BOOST_TEST(t.ask("GET", "/tide/v2/alarms/x", all).status() == 200u, "a wildcard that is a word");
    BOOST_TEST(t.ask("GET", "/legacy/stations", none_asked).status() == 200u, "the default");
    BOOST_TEST(t.ask("GET", "/legacy/stations/x?include=alarms", none_asked).status() == 403u);
    BOOST_TEST(t.ask("GET", "/legacy/stations/x?include=alarms,log", all).status() == 200u);
}

BOOST_AUTO_TEST_CASE(refusals_speak_its_dialect) {
    tide t;
    const std::string path = "/tide/v2/stations", xml = "application/xml";
    const auto good = t.token("gauge", {});
    const auto wish = of_kind(in_environment(named("Tide"), "prod"), "gauge");
    const auto missing = t.ask("GET", path);
    BOOST_TEST(missing.field("X-Tide") == "missing_token");
    BOOST_TEST(missing.field("WWW-Authenticate") == "Bearer");
    const auto invalid = t.ask("GET", path, mistyped(good));
    check_text(invalid, 403, xml, R"(<refusal reason="invalid_token" status="403"/>)", "junk");
    BOOST_TEST(invalid.count("WWW-Authenticate") == 0u, "not a 401");
    check_text(t.ask("GET", path, revoked_token(t.g, "tidewatch", wish)), 403, xml, R"(<refusal reason="invalid_token" status="403"/>)", "revoked");
    check_text(t.ask("GET", path, expired_token(t.g, "tidewatch", wish)), 410, xml, R"(<refusal reason="expired_token" status="410"/>)", "expired");
    check_text(t.ask("GET", path, t.token("gauge", {}, "dev")), 404, "text/plain; charset=utf-8", "No such token in prod.\n", "another environment");
    const auto lacking = t.ask("POST", path, good);
    check_text(lacking, 403, "text/plain; charset=utf-8", "Ask for: gauges/write\n", "scope");
    BOOST_TEST(lacking.field("X-Needed") == "gauges/write");
    BOOST_TEST(lacking.field("WWW-Authenticate") == lacks("gauges/write"));
    check_answer(t.ask("POST", path, t.token("skipper", {"all"})),
        {406, "", kJson, R"(["audience_required",406,{"wanted":"machine","braces":"{}"}])"}, "audience");
    check_text(t.ask("DELETE", path, good), 405, "text/plain; charset=utf-8", "DELETE does not work here.\n", "method");
    const auto two_keys = t.ask("POST", "/tide/v2/sluices/3/open", t.token("skipper", {"sluices/open"}));
    BOOST_TEST(two_keys.status() == 403u);
    BOOST_TEST(text_at(parsed(two_keys.body), "type") == "urn:tidewatch:sluice/two-keys");
    const auto nowhere = parsed(t.ask("GET", "/tide/v2/nowhere", good).body);
    BOOST_TEST(text_at(nowhere, "type") == "urn:tidewatch:tide/route-not-found");
    BOOST_TEST(text_at(nowhere, "reason") == "route_not_found");
    BOOST_TEST(t.ask("POST", path, t.token("gauge", {"gauges/write"}), "").status() == 400u, "its own idempotency header is missing");
    BOOST_TEST(t.up.saw_nothing());
}

BOOST_AUTO_TEST_CASE(tokens_and_headers_are_as_the_contract_says) {
    tide t;
    const auto gauge = t.g.create_record("tidewatch", of_kind(in_environment(named("Tide"), "preview"), "gauge"));
    const auto skipper = t.g.create_record("tidewatch", of_kind(in_environment(named("Tide"), "prod"), "skipper"));
    const std::string gauge_text(gauge.text.reveal()), skipper_text(skipper.text.reveal());
    BOOST_TEST((gauge_text.starts_with("tide.preview.") && gauge_text.size() == 13 + 40));
    BOOST_TEST((skipper_text.starts_with("skipper~") && skipper_text.size() == 8 + 28));
    BOOST_TEST(gauge.record.expires_at->us - gauge.record.created_at.us == 15ll * 24 * 3600 * 1'000'000);
    BOOST_TEST(skipper.record.expires_at->us - skipper.record.created_at.us == 12ll * 3600 * 1'000'000);

    BOOST_TEST(t.g.ask("GET", "preview.tide.test", "/tide/v2/stations", gauge_text).status() == 200u);
    const auto seen = t.up.requests().back();
    BOOST_TEST(seen.field("Authorization") == "Bearer " + gauge_text, "the contract passes it on");
    BOOST_TEST(seen.field("X-Tollgate-Environment") == "preview");
    BOOST_TEST(seen.field("X-Tollgate-Audience") == "machine");
    BOOST_TEST(seen.field("X-Tollgate-Scopes") == "gauges/read");
    BOOST_TEST(t.g.ask("GET", "dev.tide.test", "/legacy/status", {}, "X-Tollgate-Subject: forged\r\n").status() == 200u);
    BOOST_TEST(t.up.requests().back().raw_head.find("ollgate-") == std::string::npos, "nobody is told on a public route");

    const auto all = t.token("gauge", {"all"});
    BOOST_TEST(t.ask("GET", "/tide/v2/alarms/a%2Fb", all).status() == 200u);
    BOOST_TEST(t.up.requests().back().start_line == "GET /tide/v2/alarms/a%2Fb HTTP/1.1");
    BOOST_TEST(t.ask("GET", "/tide/v2/stations/a%2Fb", all).status() == 404u);
}

// --- a document of 675 operations over templates, literals beside them, and deep ones ---

const words kShapes = {"/{area}", "/{area}/{id}", "/{area}/search", "/{area}/{id}/actions", "/{area}/{id}/actions/{action_id}",
    "/{area}/{id}/actions/latest", "/{area}/{id}.json", "/{area}/{id}:cancel", "/{area}/{from}...{to}", "/{area}/search/{term}/pages/{page}"};

struct large_operation {
    std::string method, path;
    words scopes;
};

std::vector<large_operation> large_operations() {
    std::vector<large_operation> out;
    for (int area = 0; area < 45; ++area)
        for (std::size_t shape = 0; shape < kShapes.size(); ++shape)
            for (const std::string method : {"get", "post"}) {
                if (method == "post" && shape % 2 == 1) continue;
                const auto name = "area-" + std::to_string(area);
                words scopes{name + (method == "get" ? ":read" : ":write")};
                if (shape % 4 == 1) scopes.push_back(name + (shape % 8 == 1 ? ":detail" : ":act"));
                auto path = kShapes[shape];
                out.push_back({method, path.replace(1, 6, name), std::move(scopes)});
            }
    return out;
}

std::string large_document(const std::vector<large_operation>& operations) {
    json::object scopes, paths;
    for (const auto& o : operations) {
        json::array demanded_scopes(o.scopes.begin(), o.scopes.end());
        for (const auto& s : o.scopes) scopes[s] = "Scope " + s;
        paths.emplace(o.path, json::object());
        paths[o.path].as_object()[o.method] =
            json::object{{"security", json::array{json::object{{"oauth", demanded_scopes}}}}, {"responses", json::object()}};
    }
    const json::object flow{{"tokenUrl", "https://id.example/token"}, {"scopes", scopes}};
    const json::object scheme{{"type", "oauth2"}, {"flows", json::object{{"clientCredentials", flow}}}};
    return json::serialize(json::object{{"openapi", "3.0.3"}, {"info", json::object{{"title", "Large"}, {"version", "1"}}},
        {"servers", json::array{json::object{{"url", "https://api.example/v2"}}}},
        {"components", json::object{{"securitySchemes", json::object{{"oauth", scheme}}}}}, {"paths", paths}});
}

BOOST_AUTO_TEST_CASE(a_large_document_routes_every_operation_to_itself) {
    const auto operations = large_operations();
    upstream up;
    gateway g("- name: large\n  hosts: [ large.test ]\n  openapi: large.json\n  upstream: { servers: [ \"http://@UP@\" ] }\n",
        {{"large.json", large_document(operations)}}, &up, {.threads = 1, .more = {}});
    BOOST_TEST(operations.size() == 675u);
    std::map<words, std::string> tokens;
    const auto token = [&](const words& scopes) {
        auto& text = tokens[scopes];
        if (text.empty()) text = g.create("large", named("Large", scopes));
        return text;
    };
    conversation talk(g.port());
    std::vector<std::string> expected;
    for (const auto& o : operations) {
        std::string method = o.method == "get" ? "GET" : "POST";
        const auto path = "/v2" + sample_path(o.path);
        const auto answer = [&](const std::string& text) {
            expected.push_back(method + " /v2" + o.path);
            return talk.ask(request_text(method, "large.test", path, text)).status();
        };
        BOOST_TEST(answer(token(o.scopes)) == 200u, method + " " + path);
        for (const auto& left_out : o.scopes) {
            words rest{"area-0:act"};
            if (left_out == rest.front() || o.scopes.back() == rest.front()) rest = {"area-1:act"};
            std::copy_if(o.scopes.begin(), o.scopes.end(), std::back_inserter(rest), [&](const auto& s) { return s != left_out; });
            BOOST_TEST(answer(token(rest)) == 403u, method + " " + path + " without " + left_out);
        }
    }
    BOOST_TEST(up.requests().size() == operations.size());
    std::istringstream lines(g.access_log());
    std::vector<std::string> routed;
    for (std::string line; std::getline(lines, line);) {
        const auto entry = parsed(line);
        routed.push_back(text_at(entry, "method") + " " + text_at(entry, "route"));
    }
    BOOST_TEST(routed == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
