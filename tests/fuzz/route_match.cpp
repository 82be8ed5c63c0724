// The route that a path gets, beside a naive reading of the same templates. (W-10)
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"
#include "tollgate/codec/path.hpp"

#include <algorithm>

using namespace tollgate;
using namespace tollgate::fuzz;

namespace {

// Whether `path` has the shape of `pattern`, segment by segment; a segment is a literal, {x} or {x}.json here.
bool fits(std::string_view pattern, std::string_view path, bool slash_allowed) {
    while (!pattern.empty() || !path.empty()) {
        if (pattern.empty() || path.empty()) return false;
        auto a = pattern.substr(1, pattern.find('/', 1) - 1), b = path.substr(1, path.find('/', 1) - 1);
        pattern.remove_prefix(std::min(pattern.size(), a.size() + 1));
        path.remove_prefix(std::min(path.size(), b.size() + 1));
        if (!a.starts_with('{')) {
            std::string plain;
            if (!percent_decode(b, false, plain) || plain != a) return false;
            continue;
        }
        const auto suffix = a.substr(a.find('}') + 1);
        if (b.size() <= suffix.size() || !b.ends_with(suffix)) return false;
        if (!slash_allowed && b.find("%2F") != std::string_view::npos) return false;
    }
    return true;
}

}  // namespace

FUZZ_TARGET(route_match) {
    const auto& table = acme().of->routes;
    input in(bytes);
    const char* const methods[] = {"GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"};
    const std::string method = methods[in.number() % 6];
    std::string scratch;
    const auto rest = in.rest();
    const auto raw = "/" + std::string(rest.substr(0, rest.find_first_of("?#")));
    const auto path = canonical_path(raw, scratch);
    if (!path.ok) return;
    const auto got = table.match(method, path.path);
    bool any_path = false, any_route = false;
    for (const auto& r : table.routes()) {
        if (!fits(r.path, path.path, r.encoded_slash)) continue;
        any_path = true;
        any_route |= r.method == method || (method == "HEAD" && r.method == "GET");
    }
    DEMAND((got.outcome == route_match::kind::none) == !any_path);
    DEMAND((got.outcome == route_match::kind::found) == any_route);
    if (got.found == nullptr) return;
    DEMAND(fits(got.found->path, path.path, got.found->encoded_slash));
    for (std::size_t i = 0; i < got.parameter_count; ++i) DEMAND(!got.parameters[i].empty());
}
