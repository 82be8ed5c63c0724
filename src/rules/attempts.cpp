#include "tollgate/rules/attempts.hpp"

#include <algorithm>

namespace tollgate {

std::chrono::microseconds attempts::wait(const digest& key, timestamp now) const {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return {};
    const cell& c = *found->second;
    if (is_forgotten(c, now) || c.tries < rules_.free) return {};
    constexpr std::uint32_t most_doublings = 20;
    const std::chrono::seconds pause{1ll << std::min(c.tries - rules_.free, most_doublings)};
    const auto ready = c.last + std::min<std::chrono::seconds>(pause, rules_.longest);
    return std::chrono::microseconds(std::max<std::int64_t>(0, ready.us - now.us));
}

void attempts::began(const digest& key, timestamp now) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
        cell& c = *found->second;
        if (is_forgotten(c, now)) c.tries = 0;
        ++c.tries;
        c.last = now;
        order_.splice(order_.end(), order_, found->second);
        return;
    }
    if (by_key_.size() >= cells_) {
        by_key_.erase(order_.front().key);
        order_.pop_front();
    }
    order_.push_back({key, 1, now});
    by_key_.emplace(key, std::prev(order_.end()));
}

void attempts::forget(const digest& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    order_.erase(found->second);
    by_key_.erase(found);
}

void attempts::take_back(const digest& key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end() && found->second->tries > 0) --found->second->tries;
}

}  // namespace tollgate
