// refresh_family.hpp - what becomes of an authorization when a refresh token of it is presented. (PM-10, T-5, RFC 9700 §4.14.2)
//
// One generation is alive. Presenting it makes the next one; presenting one that was spent ends the family, since one of two that have
// it is a thief. Only where the contract gives a lost answer time to be repeated (`refresh_token.repeat`) may the one just spent come
// once more, as long as its successor was not used: then a fresh successor takes that one's place.
// Pure: no clock, no I/O. Threads: functions.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/authorization.hpp"
#include "tollgate/rules/oauth_rules.hpp"

#include <cstdint>

namespace tollgate {

enum class presented_refresh : std::uint8_t {
    alive,   // take it a step on
    repeat,  // likewise, for the last time
    spent,   // end the family
    over,    // the family has ended, or the token has expired, or was never issued
};

presented_refresh judge_refresh(const authorization& family, std::uint32_t generation, timestamp now) noexcept;

// The family with its first refresh token, or the next one. `generation`: what was presented; 0: none.
void make_refresh(authorization& family, std::uint32_t generation, presented_refresh how, timestamp now, const oauth_rules& rules) noexcept;

// Ends it, with all that was issued in it.
void end_family(authorization& family, timestamp now) noexcept;

}  // namespace tollgate
