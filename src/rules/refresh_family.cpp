#include "tollgate/rules/refresh_family.hpp"

namespace tollgate {

presented_refresh judge_refresh(const authorization& family, std::uint32_t generation, timestamp now) noexcept {
    if (family.state != token_state::active || generation == 0 || generation > family.generation) return presented_refresh::over;
    if (generation == family.generation) return family.expires_at && now >= *family.expires_at ? presented_refresh::over : presented_refresh::alive;
    if (generation == family.repeatable && family.repeat_until && now < *family.repeat_until) return presented_refresh::repeat;
    return presented_refresh::spent;
}

void make_refresh(authorization& family, std::uint32_t generation, presented_refresh how, timestamp now, const oauth_rules& rules) noexcept {
    ++family.generation;
    family.expires_at = now + rules.refresh_life;
    const bool may_repeat = generation != 0 && how == presented_refresh::alive && rules.refresh_repeat.count() != 0;
    family.repeatable = may_repeat ? generation : 0;
    family.repeat_until.reset();
    if (may_repeat) family.repeat_until = now + rules.refresh_repeat;
}

void end_family(authorization& family, timestamp now) noexcept {
    if (family.state == token_state::revoked) return;
    family.state = token_state::revoked;
    family.revoked_at = now;
    ++family.epoch;
}

}  // namespace tollgate
