#include "control/use_views.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/model/token_id.hpp"

#include <optional>

namespace tollgate {
namespace {

using uses_by_generation = std::map<std::uint32_t, last_use>;

uses_by_generation uses_of(const operation_context& with, const token& record) {
    const auto parsed = token_id::parse(record.id);
    if (with.done.uses == nullptr || !parsed) return {};
    const auto uses = with.done.uses->last_uses(*parsed, record.generations);
    return uses ? *uses : uses_by_generation();
}

void put(json::object& view, const std::optional<last_use>& use) {
    view["last_used_at"] = use ? json::value(rfc3339(use->at)) : json::value(nullptr);
    view["last_used_ip"] = use ? json::value(use_address_text(use->from)) : json::value(nullptr);
}

}  // namespace

void put_last_use(json::object& view, const operation_context& with, const token& record) {
    const auto uses = uses_of(with, record);
    put(view, newest(uses));
    auto* generations = view.if_contains("generations");
    if (generations == nullptr || !generations->is_array()) return;
    auto& list = generations->get_array();
    for (std::size_t i = 0; i < list.size() && i < record.generations.size(); ++i) {
        const auto found = uses.find(record.generations[i].number);
        put(list[i].as_object(), found == uses.end() ? std::nullopt : std::optional(found->second));
    }
}

std::function<bool(const token&)> read_unused_for(const std::string& text, const operation_context& with, field_problems& problems) {
    if (text.empty()) return {};
    if (text == "ever") return [&with](const token& t) { return uses_of(with, t).empty(); };
    const auto length = parse_duration(text);
    if (!length || length->never) {
        problems.push_back({"unused_for", "must be a duration like 90d, or `ever`"});
        return {};
    }
    constexpr std::chrono::hours month{30 * 24};
    const auto since = with.time.now() + -(length->exact + length->months * month);
    return [&with, since](const token& t) {
        const auto last = newest(uses_of(with, t));
        return t.created_at < since && (!last || last->at < since);
    };
}

}  // namespace tollgate
