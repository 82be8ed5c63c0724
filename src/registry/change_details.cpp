#include "change_details.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

#include <algorithm>
#include <vector>

namespace tollgate {
namespace {

// Those of `own` that the other record has not just so.
json::array generations_beside(const std::vector<token_generation>& own, const std::vector<token_generation>& other) {
    json::array out;
    for (const auto& g : own) {
        if (std::find(other.begin(), other.end(), g) != other.end()) continue;
        const auto ends = g.ends_at ? json::value(rfc3339(*g.ends_at)) : json::value(nullptr);
        out.push_back(json::object{{"number", g.number}, {"hint", g.hint}, {"ends_at", ends}});
    }
    return out;
}

}  // namespace

std::string details_of_creation(const token& made) {
    auto after = to_json(made);
    for (const auto* name : {"id", "api", "generations", "revision", "disabled_at", "revoked_at"}) after.erase(name);
    after["hint"] = made.generations.front().hint;
    return serialize(json::object{{"before", nullptr}, {"after", std::move(after)}});
}

std::string details_of_change(const token& was, const token& becomes) {
    auto before = to_json(was), after = to_json(becomes);
    for (auto* side : {&before, &after})
        for (const auto* name : {"generations", "revision"}) side->erase(name);
    const auto is = after;
    for (const auto& member : is) {
        const auto* then = before.if_contains(member.key());  // what is not set has no member
        if (then == nullptr || *then != member.value()) continue;
        before.erase(member.key());
        after.erase(member.key());
    }
    if (was.generations != becomes.generations) {
        before["generations"] = generations_beside(was.generations, becomes.generations);
        after["generations"] = generations_beside(becomes.generations, was.generations);
    }
    return serialize(json::object{{"before", std::move(before)}, {"after", std::move(after)}});
}

}  // namespace tollgate
