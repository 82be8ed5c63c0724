// rocks_options.hpp - how we want RocksDB: checked, synced, bounded. The reasons are in FORMAT.md.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/store/database.hpp"

#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <memory>

namespace tollgate {

// While table after table comes in, instead of family_options::merged_at_once.
inline constexpr int tables_merged_late = 32;
// Of family_options::found: when what came since the last merge of everything is more of it than this, everything is merged; while table after
// table comes in, at RocksDB's usual 200.
inline constexpr unsigned runs_in_front_percent = 25, runs_in_front_percent_late = 200;

rocksdb::DBOptions rocks_options(const database_options& options, std::shared_ptr<rocksdb::Logger> logger);
// `over` drops rows of families whose rows end, and outlives the database.
rocksdb::ColumnFamilyOptions rocks_family_options(
    const family_options& options, std::shared_ptr<rocksdb::Cache> cache, const rocksdb::CompactionFilter* over);

// What a status means to us; `doing` begins the sentence.
failure rocks_failure(const rocksdb::Status& status, std::string_view doing);

}  // namespace tollgate
