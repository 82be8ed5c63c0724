#include "tollgate/rules/retry_pause.hpp"

#include <algorithm>

namespace tollgate {

std::optional<retry_pause::milliseconds> retry_pause::next(std::optional<std::chrono::seconds> asked, std::uint64_t random) noexcept {
    if (++failed_ >= by_.tries) return std::nullopt;
    auto pause = by_.first;
    for (unsigned i = 1; i < failed_ && pause < by_.longest; ++i) pause *= 2;
    pause = std::min(pause, by_.longest);
    // Between three quarters and all of it, so that many who failed together do not come back together.
    pause -= milliseconds(static_cast<std::int64_t>(random % 1024) * pause.count() / 4096);
    if (asked) pause = std::max(pause, std::min<milliseconds>(*asked, 4 * by_.longest));
    return pause;
}

}  // namespace tollgate
