// local_database.hpp - the second database, `local`: what this node alone keeps, and may lose.
//
// Beside `control` and apart from it, since large values in one write-ahead log would hold up the synced changes of the other.
// Its families and rows: src/store/FORMAT.md. Errors: as database::open(), invalid (another format).
#pragma once

#include "tollgate/store/database.hpp"

#include <memory>
#include <string>

namespace tollgate {

// New families are added at the end, here and in local_database.cpp; an older store gets them when it is opened.
namespace local_families {
inline constexpr family facts = 0, replay = 1, denials = 2, usage = 3, sessions = 4;
}  // namespace local_families

// The directory `local` inside of `store_path`, made where it is missing. `time` and `log` outlive the database. `usage`: how the rows of
// that family are merged (usage/usage_log.hpp); without it a store that has such rows cannot be opened.
result<std::unique_ptr<database>> open_local(
    const std::string& store_path, std::size_t cache_bytes, const clock& time, log_sink& log, row_merger usage);

}  // namespace tollgate
