#include "tollgate/store/local_database.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr std::string_view kFormatKey = "format", kFormat = "1";
// Flushes and compactions of bodies must leave the disk to a change that is being synced.
constexpr std::uint64_t kBackgroundBytes = 64ull << 20;

result<void> check_format(database& db) {
    const auto found = db.get(local_families::facts, kFormatKey);
    if (!found) return found.error();
    if (*found == kFormat) return {};
    if (*found) return failure{errc::invalid, fmt::format("{} has format {}; this version reads format {}", db.path(), **found, kFormat)};
    write_batch first;
    first.put(local_families::facts, kFormatKey, kFormat);
    return db.write(first, true);
}

}  // namespace

result<std::unique_ptr<database>> open_local(
    const std::string& store_path, std::size_t cache_bytes, const clock& time, log_sink& log, row_merger usage) {
    database_options o;
    o.path = store_path + "/local";
    o.families = {{.name = "default"}, {.name = "replay", .point_lookups = true, .compressed = false, .ends = true}, {.name = "denials"},
        {.name = "usage", .point_lookups = true, .ends = true, .merges = usage}, {.name = "sessions", .ends = true}};
    o.cache_bytes = cache_bytes;
    o.background_bytes_per_second = kBackgroundBytes;
    o.time = &time;
    auto db = database::open(o, log);
    if (!db) return db.error();
    if (auto good = check_format(**db); !good) return good.error();
    return db;
}

}  // namespace tollgate
