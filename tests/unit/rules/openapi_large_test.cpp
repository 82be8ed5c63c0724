// A document of the size and shapes of large public ones, made here: every operation routes to itself, and a scope less is refused.
#include "tollgate/rules/openapi.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {

namespace {

constexpr int areas = 45;

// Templates of one area, with literals beside parameters, mixed segments and deep ones.
const std::vector<std::string> shapes = {"/{area}", "/{area}/{id}", "/{area}/search", "/{area}/{id}/actions", "/{area}/{id}/actions/{action_id}",
    "/{area}/{id}/actions/latest", "/{area}/{id}.json", "/{area}/{id}:cancel", "/{area}/{from}...{to}", "/{area}/search/{term}/pages/{page}"};

std::string area_name(int i) { return fmt::format("area-{}", i); }

std::string with_area(std::string text, int i) { return text.replace(text.find("{area}"), 6, area_name(i)); }

std::string operation(int i, std::string_view method, std::size_t shape) {
    const bool reads = method == "get";
    auto scopes = fmt::format("\"{}:{}\"", area_name(i), reads ? "read" : "write");
    if (shape % 4 == 1) scopes += fmt::format(", \"{}:{}\"", area_name(i), shape % 8 == 1 ? "detail" : "act");
    return fmt::format(
        "\"{}\": {{\"operationId\": \"{}_{}_{}\", \"security\": [{{\"oauth\": [{}]}}], \"responses\": {{}}}}", method, method, i, shape, scopes);
}

std::string large_document() {
    std::string scopes;
    std::string paths;
    for (int i = 0; i < areas; ++i) {
        for (const auto* verb : {"read", "write", "detail", "act"})
            scopes += fmt::format("{}\n\"{}:{}\": \"{} of area {}\"", scopes.empty() ? "" : ",", area_name(i), verb, verb, i);
        for (std::size_t s = 0; s < shapes.size(); ++s) {
            paths += fmt::format("{}\n\"{}\": {{{}", paths.empty() ? "" : ",", with_area(shapes[s], i), operation(i, "get", s));
            if (s % 2 == 0) paths += ", " + operation(i, "post", s);
            paths += "}";
        }
    }
    return fmt::format(
        "{{\"openapi\": \"3.0.3\", \"servers\": [{{\"url\": \"https://api.example/v2\"}}], \"components\": {{\"securitySchemes\": {{\"oauth\": "
        "{{\"type\": \"oauth2\", \"flows\": {{\"clientCredentials\": {{\"scopes\": {{{}}}}}}}}}}}}}, \"paths\": {{{}}}}}",
        scopes, paths);
}

std::string sample_path(std::string_view pattern) {
    std::string out;
    for (int n = 1; !pattern.empty();) {
        const auto open = std::min(pattern.find('{'), pattern.size());
        out += pattern.substr(0, open);
        pattern.remove_prefix(open);
        if (pattern.empty()) break;
        out += fmt::format("x{}", n++);
        pattern.remove_prefix(pattern.find('}') + 1);
    }
    return out;
}

struct loaded {
    compiled_api api;
    loaded() {
        problem_list problems;
        const auto doc = parse_document("large.json", large_document(), problems);
        BOOST_TEST_REQUIRE(doc.has_value());
        contract rules;
        rules.kinds.resize(1);
        auto out = compile_openapi(*doc, rules, counting_numbers(), {}, problems);
        for (const auto& p : problems.items()) BOOST_TEST_ERROR(p.text());
        BOOST_TEST_REQUIRE(out.has_value());
        api = *std::move(out);
    }

    [[nodiscard]] scope_number number(std::string_view scope) const {
        const auto at = std::find_if(api.numbers.begin(), api.numbers.end(), [scope](const auto& n) { return n.first == scope; });
        BOOST_TEST_REQUIRE((at != api.numbers.end()), scope);
        return at->second;
    }
};

bool passes(const demand& d, const scope_set& have) {
    return std::all_of(d.all_of.begin(), d.all_of.end(), [&](const demand::scope& s) { return have.meets(s.satisfied_by); });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(openapi_large_test, loaded)

BOOST_AUTO_TEST_CASE(it_is_large) {
    BOOST_TEST(api.routes.routes().size() >= 650);
    BOOST_TEST(api.catalogue.size() == areas * 4);
}

BOOST_AUTO_TEST_CASE(every_operation_routes_to_itself) {
    for (const auto& r : api.routes.routes()) {
        const auto path = sample_path(r.path);
        const auto m = api.routes.match(r.method, path);
        BOOST_TEST((m.outcome == route_match::kind::found && m.found == &r), r.method << ' ' << path);
        BOOST_TEST(m.parameter_count == std::count(r.path.begin(), r.path.end(), '{'), path);
        for (std::size_t i = 0; i < m.parameter_count; ++i) BOOST_TEST(m.parameters[i] == fmt::format("x{}", i + 1), path);
    }
}

BOOST_AUTO_TEST_CASE(other_methods_are_missing_and_other_paths_unknown) {
    for (const auto& r : api.routes.routes()) {
        const auto path = sample_path(r.path);
        BOOST_TEST((api.routes.match("DELETE", path).outcome == route_match::kind::method_missing), path);
        BOOST_TEST((api.routes.match(r.method, path + "/x/y/z").outcome == route_match::kind::none), path);
        BOOST_TEST((api.routes.match(r.method, path.substr(3)).outcome == route_match::kind::none), path);
    }
}

BOOST_AUTO_TEST_CASE(exactly_its_scopes_pass_and_one_less_does_not) {
    for (const auto& r : api.routes.routes()) {
        BOOST_TEST_REQUIRE(r.any_of.size() == 1, r.operation_id);
        const auto& d = r.any_of.front();
        BOOST_TEST(!d.all_of.empty(), r.operation_id);
        scope_set all;
        for (const auto& scope : d.all_of) all.add(number(scope.name));
        BOOST_TEST(passes(d, all), r.operation_id);
        for (const auto& left_out : d.all_of) {
            scope_set fewer;
            for (const auto& [name, its_number] : api.numbers)
                if (name != left_out.name) fewer.add(its_number);
            BOOST_TEST(!passes(d, fewer), r.operation_id << " without " << left_out.name);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
