#include "edition.hpp"

namespace tollgate {
namespace {

constexpr std::size_t kRememberedScopeTexts = 4096;
constexpr std::chrono::milliseconds kIdleUpstream{30'000};

}  // namespace

edition::edition(std::shared_ptr<const plane> by, api_counters_list counts, loop& on, timer_wheel& wheel, std::size_t thread)
    : plane_(std::move(by)), counts_(std::move(counts)) {
    for (const auto& settings : plane_->pools) upstreams_.push_back(std::make_unique<upstream_set>(on, wheel, settings, thread, kIdleUpstream));
}

std::size_t edition::scope_hash::operator()(const scope_key& k) const noexcept {
    std::size_t h = reinterpret_cast<std::size_t>(k.of) ^ (k.full ? 1 : 0);
    for (const auto word : k.granted.raw()) h = (h ^ word) * 0x9e3779b97f4a7c15ull;
    return h;
}

std::string_view edition::scopes_text(const api& of, const grant& g) {
    const scope_key key{&of, g.scopes, g.full_access};
    const auto it = scopes_.find(key);
    if (it != scopes_.end()) return it->second;
    if (scopes_.size() >= kRememberedScopeTexts) scopes_.clear();
    return scopes_.emplace(key, of.effective_scopes(g.scopes, g.full_access)).first->second;
}

}  // namespace tollgate
