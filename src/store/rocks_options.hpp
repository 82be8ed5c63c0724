// rocks_options.hpp - how we want RocksDB: checked, synced, bounded. The reasons are in FORMAT.md.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/store/database.hpp"

#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <memory>

namespace tollgate {

// New tables in front of the levels, each of which is asked before them: so many are merged at once; and while table after table comes in.
inline constexpr int files_in_front = 8, files_in_front_of_many = 48;

rocksdb::DBOptions rocks_options(const database_options& options, std::shared_ptr<rocksdb::Logger> logger);
// `over` drops rows of families whose rows end, and outlives the database.
rocksdb::ColumnFamilyOptions rocks_family_options(
    const family_options& options, std::shared_ptr<rocksdb::Cache> cache, const rocksdb::CompactionFilter* over);

// What a status means to us; `doing` begins the sentence.
failure rocks_failure(const rocksdb::Status& status, std::string_view doing);

}  // namespace tollgate
