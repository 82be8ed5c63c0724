// replay_row.hpp - a row of the family `replay`, as src/store/FORMAT.md specifies it.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

struct replay_row {
    enum class kind : std::uint8_t { claimed = 1, answered = 2, too_large = 3 };
    timestamp ends_at;
    kind state = kind::claimed;
    digest fingerprint;
    std::string sealed;  // of an answered one
};

// The row up to `sealed`.
std::string write_row_head(const replay_row& row);
// Nothing: the bytes are no row of this build.
std::optional<replay_row> read_replay_row(std::string_view bytes);
// What a sealed answer is bound to: its key and its row.
std::string associated_data(const digest& key, const replay_row& row);

inline std::string_view bytes_of(const digest& d) noexcept { return {reinterpret_cast<const char*>(d.bytes.data()), d.bytes.size()}; }

}  // namespace tollgate
