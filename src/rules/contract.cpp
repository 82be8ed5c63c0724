#include "tollgate/rules/contract.hpp"

#include "tollgate/base/check.hpp"

#include <algorithm>
#include <limits>

namespace tollgate {

std::optional<timestamp> lifetime::end_of(timestamp start) const noexcept {
    using namespace std::chrono;
    if (never()) return std::nullopt;
    const sys_time<microseconds> begin{microseconds(start.us)};
    const auto day = floor<days>(begin);
    auto date = year_month_day(day) + std::chrono::months(months);
    if (!date.ok()) date = date.year() / date.month() / last;
    const auto end = (sys_days(date) + (begin - day)).time_since_epoch();
    const auto room = std::numeric_limits<std::int64_t>::max() - end.count();
    return timestamp{end.count() + std::min<std::int64_t>(exact.count(), room)};
}

const token_kind* contract::find_kind(std::string_view kind) const noexcept {
    const auto at = std::find_if(kinds.begin(), kinds.end(), [kind](const token_kind& k) { return k.kind == kind; });
    return at != kinds.end() ? &*at : nullptr;
}

const api_version* version_rules::find(std::string_view version) const noexcept {
    const auto at = std::find_if(supported.begin(), supported.end(), [version](const api_version& v) { return v.name == version; });
    return at != supported.end() ? &*at : nullptr;
}

std::vector<std::string> contract::closure(std::string_view granted) const {
    std::vector<std::string> out{std::string(granted)};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto included = scopes.implies.find(out[i]);
        if (included == scopes.implies.end()) continue;
        for (const auto& scope : included->second)
            if (std::find(out.begin(), out.end(), scope) == out.end()) out.push_back(scope);
    }
    return out;
}

contract generic_contract() {
    contract out;
    token_kind only;
    auto format = token_format::compile(only.format, {}, false);
    TOLLGATE_CHECK(format.has_value());
    only.compiled = std::move(*format);
    out.kinds.push_back(std::move(only));
    return out;
}

}  // namespace tollgate
