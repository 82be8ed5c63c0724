// ended_rows.hpp - the compaction filter that drops rows which have ended long enough ago (row_end.hpp).
#pragma once

#include "tollgate/base/clock.hpp"

#include <rocksdb/compaction_filter.h>

namespace tollgate {

// Threads: RocksDB's. Lifetime: outlives the database that uses it; `time` outlives both.
class ended_rows final : public rocksdb::CompactionFilter {
 public:
    explicit ended_rows(const clock& time) noexcept : time_(time) {}
    bool Filter(int level, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* new_value, bool* changed) const override;
    const char* Name() const override { return "tollgate.ended_rows"; }

 private:
    const clock& time_;
};

}  // namespace tollgate
