// OpenAPI documents -> routes: whatever compiles can be matched, and is published so that it compiles to the same routes.
#include "tollgate/rules/openapi.hpp"
#include "fuzz/fuzz.hpp"

using namespace tollgate;

namespace {

std::string routes_text(const compiled_api& api) {
    std::string out;
    for (const auto& r : api.routes.routes()) out += r.method + ' ' + r.path + (r.is_public ? " public " : " ") + r.scope_text() + '\n';
    return out;
}

}  // namespace

FUZZ_TARGET(openapi) {
    static const contract rules = generic_contract();
    problem_list problems;
    const auto doc = parse_document("api.yaml", bytes, problems);
    if (!doc) return;
    const auto made = compile_openapi(*doc, rules, counting_numbers(), {}, problems);
    if (!made) {
        DEMAND(problems.has_errors());
        return;
    }
    for (const auto& r : made->routes.routes()) {
        std::string path;
        for (const char c : r.path) path += c == '{' || c == '}' ? 'x' : c;
        (void)made->routes.match(r.method, path);
    }
    (void)made->routes.match("GET", "/");
    problem_list none;
    const auto published = publish_openapi(*doc, *made, rules);
    const auto again = parse_document("published.json", published, none);
    if (!again) return;  // keys that are no UTF-8
    const auto twice = compile_openapi(*again, rules, counting_numbers(), {}, none);
    DEMAND(twice.has_value());
    DEMAND(routes_text(*twice) == routes_text(*made));
}
