#include "tollgate/rules/pace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tollgate {

namespace {

constexpr std::int64_t kSecond = 1'000'000, kDay = 86'400 * kSecond;
constexpr std::int64_t kSlowest = 100 * kDay, kDeepest = 365 * kDay;
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits{
    {{"s", kSecond}, {"min", 60 * kSecond}, {"h", 3600 * kSecond}, {"d", kDay}}};

constexpr std::int64_t ceil_seconds(std::int64_t us) noexcept { return (us + kSecond - 1) / kSecond; }

failure not_a_rate(std::string_view text) {
    return {errc::invalid, fmt::format("`{}` is not a rate: write how many and in what, as in 60/min", text)};
}

}  // namespace

result<pace> make_pace(std::string_view sustained, std::int64_t burst) {
    const auto slash = sustained.find('/');
    if (slash == std::string_view::npos) return not_a_rate(sustained);
    const auto number = sustained.substr(0, slash), unit = sustained.substr(slash + 1);
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    const auto per = std::find_if(kUnits.begin(), kUnits.end(), [unit](const auto& u) { return u.first == unit; });
    if (error != std::errc{} || end != number.data() + number.size() || count <= 0 || per == kUnits.end()) return not_a_rate(sustained);
    const pace out{per->second / count, static_cast<std::uint32_t>(std::clamp<std::int64_t>(burst, 0, 0xffff'ffff))};
    if (out.interval_us < 1) return failure{errc::invalid, "a rate is at most a million a second"};
    if (out.interval_us > kSlowest) return failure{errc::invalid, "a rate is at least one in a hundred days"};
    if (burst < 1) return failure{errc::invalid, "a burst is at least 1: how many may come at once"};
    if (burst > kDeepest / out.interval_us) return failure{errc::invalid, "a burst that takes more than a year to pay back: write fewer"};
    return out;
}

pace_step take_one(const pace& allowed, timestamp cell, timestamp now, std::int64_t skew_us) noexcept {
    const auto depth = allowed.depth_us();
    if (cell.us > now.us + depth + skew_us) cell.us = now.us + depth;
    const auto from = std::max(cell.us, now.us);
    const auto taken = from + allowed.interval_us;  // the cell, were one taken
    pace_step out;
    out.within = taken - now.us <= depth;
    out.cell.us = out.within ? taken : cell.us;
    out.full_at.us = out.within ? taken : from;
    out.remaining = static_cast<std::uint32_t>(std::max<std::int64_t>(0, depth - (out.full_at.us - now.us)) / allowed.interval_us);
    if (!out.within) {
        out.remaining = 0;
        out.retry_after_s = static_cast<std::uint32_t>(std::clamp<std::int64_t>(ceil_seconds(taken - depth - now.us), 1, 0xffff'ffff));
    }
    return out;
}

}  // namespace tollgate
