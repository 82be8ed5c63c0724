// row_end.hpp - when a row ends that need not be kept for ever: the first eight bytes of its value.
//
// A row is over for whoever reads it at its end, and compaction drops it some days later: a clock that was set forward for a
// while costs nothing that cannot be had back.
// Threads: functions.
#pragma once

#include "tollgate/base/clock.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

inline constexpr std::chrono::hours row_kept_after_end = std::chrono::hours(7 * 24);

// Appends `end`; unset: never.
void append_row_end(std::string& out, timestamp end);
// Takes it from the front of `value`; nothing where there are not even eight bytes.
std::optional<timestamp> take_row_end(std::string_view& value) noexcept;

}  // namespace tollgate
