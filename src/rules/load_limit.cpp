#include "tollgate/rules/load_limit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tollgate {

bool load_limit::answered(std::chrono::nanoseconds took, std::uint32_t active, monotonic at) noexcept {
    if (answers_ == 0) since_ = at;
    sum_us_ += static_cast<double>(took.count()) / 1e3;
    ++answers_;
    most_active_ = std::max(most_active_, active);
    if (answers_ < window_answers || at - since_ < window) return false;
    const auto before = now();
    close_window(at);
    sum_us_ = 0;
    answers_ = most_active_ = 0;
    return now() != before;
}

void load_limit::close_window(monotonic at) noexcept {
    const double mean = std::max(1.0, sum_us_ / answers_);
    if (probing_ && !std::exchange(settled_, true)) return;  // what had been under way before counts for the old limit
    if (probing_ || base_us_ == 0 || mean < base_us_) {
        base_us_ = mean;
        base_at_ = at;
    }
    if (std::exchange(probing_, false)) return;
    const bool held_back = most_active_ >= limit_;
    const double slower = std::clamp(tolerance * base_us_ / mean, 0.5, 1.0);
    if (slower < 1.0 || held_back) {
        const double room = std::sqrt(static_cast<double>(limit_));
        const double wish = limit_ * slower + (held_back ? room : 0.0);
        limit_ = static_cast<std::uint32_t>(std::clamp(wish, double{least}, double{most}));
    }
    if (held_back && at - base_at_ > measured_again) {
        probing_ = true;
        settled_ = false;
    }
}

}  // namespace tollgate
