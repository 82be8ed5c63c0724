// merging_rows.hpp - a family's row_merger as RocksDB calls it.
#pragma once

#include "tollgate/store/database.hpp"

#include <rocksdb/merge_operator.h>

namespace tollgate {

// Threads: RocksDB's.
class merging_rows final : public rocksdb::AssociativeMergeOperator {
 public:
    explicit merging_rows(row_merger how) noexcept : how_(how) {}
    bool Merge(
        const rocksdb::Slice& key, const rocksdb::Slice* existing, const rocksdb::Slice& operand, std::string* out, rocksdb::Logger*) const override {
        const auto view = [](const rocksdb::Slice& s) { return std::string_view(s.data(), s.size()); };
        out->clear();
        if (existing == nullptr) out->assign(operand.data(), operand.size());
        else how_(view(key), view(*existing), view(operand), *out);
        return true;
    }
    const char* Name() const override { return "tollgate.merging_rows"; }

 private:
    row_merger how_;
};

}  // namespace tollgate
