// store_files.hpp - the file system as RocksDB sees it.
#pragma once

#include <rocksdb/env.h>

namespace tollgate {

// As database_options::log_ahead says: logs by log_ahead.hpp, tables by mapped_table.hpp. For good: RocksDB's own threads may end later than we.
rocksdb::Env* store_files(bool log_ahead);

// While one lives, this thread deletes no table.
class keeping_tables {
 public:
    keeping_tables() noexcept;
    ~keeping_tables();
    keeping_tables(const keeping_tables&) = delete;
    keeping_tables& operator=(const keeping_tables&) = delete;
};

}  // namespace tollgate
