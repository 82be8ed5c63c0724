// What expires within a fortnight: counted, and each token said once in the operator's log. (C-8)
#include "app/bookkeeper.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/store/local_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tollgate {
namespace {

constexpr std::chrono::hours fortnight{14 * 24};
constexpr std::string_view said_until_key = "expiries/said_until";  // src/store/FORMAT.md, `local`, `default`

std::optional<timestamp> read_mark(const database& local) {
    const auto text = local.get(local_families::facts, said_until_key);
    timestamp at;
    if (!text || !*text) return std::nullopt;
    const auto [end, error] = std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), at.us);
    return error == std::errc() ? std::optional(at) : std::nullopt;
}

void write_mark(database& local, timestamp at, log_sink& log) {
    write_batch batch;
    batch.put(local_families::facts, said_until_key, fmt::format("{}", at.us));
    if (const auto written = local.write(batch, false); !written) log.warn("expiries may be said again", {{"why", written.error().what}});
}

}  // namespace

// The mark is the end up to which everything was said: what ends behind it is new, what ends before is known, or was made with a
// shorter life than a fortnight and needs no warning.
void bookkeeper::announce_expiries() {
    const auto now = time_.now(), ahead = now + fortnight;
    const auto mark = read_mark(local_).value_or(now);
    std::uint64_t counted = 0, fresh = 0;
    const auto apis = [this] {
        const std::lock_guard lock(names_);
        return apis_;
    }();
    for (const auto& name : apis) {
        const auto looked = tokens_.expiring(name, now, ahead, [&](const token_id& id, timestamp at) {
            ++counted;
            if (at >= mark && ++fresh <= bounds::expiring_said)
                log_.warn("a token expires soon", {{"api", name}, {"token", id.text()}, {"expires_at", rfc3339(at)}});
            return counted < bounds::expiring_counted;
        });
        if (!looked) return log_.warn("expiries cannot be read", {{"why", looked.error().what}});
    }
    if (fresh > bounds::expiring_said) log_.warn("more tokens expire soon", {{"number", std::to_string(fresh - bounds::expiring_said)}});
    expiring_.store(counted, std::memory_order_relaxed);
    if (const auto said = time_.settled() + fortnight; said > mark) write_mark(local_, said, log_);
}

}  // namespace tollgate
