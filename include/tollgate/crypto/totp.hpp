// totp.hpp - time-based one-time passwords: RFC 6238 with HMAC-SHA-1, 30 seconds, six digits, as every authenticator has them.
//
// Whether a code was used already is the caller's affair: each is good for one step of time, whose number is told.
// Threads: functions. Errors: none.
#pragma once

#include "tollgate/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

inline constexpr std::size_t totp_secret_bytes = 20;
inline constexpr std::uint64_t totp_step_s = 30;

std::uint64_t totp_step(timestamp at) noexcept;
// The six digits of a step.
std::string totp_code(std::string_view secret_bytes, std::uint64_t step, unsigned digits = 6);
// The step that `code` is of: that of `now`, or the one before or after it, for clocks that differ. Nothing: of none of them.
std::optional<std::uint64_t> totp_match(std::string_view secret_bytes, std::string_view code, timestamp now);

}  // namespace tollgate
