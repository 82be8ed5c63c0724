// log_end.hpp - where RocksDB's write-ahead log ends whose file is longer: log_ahead.hpp writes over zeros.
//
// RocksDB takes zeros behind the last record for padding, but a record among them that was not written whole for damage: it knows a cut only at the
// end of a file. So what follows the last whole record is cut off before RocksDB looks.
//
// Format (RocksDB 7.8, db/log_format.h): blocks of 32 KiB; in each, records of u32 masked CRC-32C of what follows the length, u16 length, u8 type
// (both little-endian; 1 whole, 2 first, 3 middle, 4 last), the bytes; no header is split, the block's rest is zeros.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate {

struct log_end {
    enum class rest {
        none,     // zeros, or nothing
        torn,     // the write under way when the process or the machine ended: it was not answered, since its sync had not returned
        unclear,  // a cut at the end of the file, or damage: RocksDB tells them apart
        damaged,  // bytes behind a header of zeros, which RocksDB would pass over, and what follows in the block with them
    };
    std::size_t whole = 0;  // bytes up to the end of the last whole record
    rest behind = rest::none;
};

// Of a log in which each record was synced before the next was written. Then at most one is not whole, the last, and what is missing of it are
// sectors that are zeros still. Where no sector is, or another record stands behind, the bytes were there once and are damaged.
[[nodiscard]] log_end find_log_end(std::string_view log);

// Before the database is opened: cuts what is `none` from each log in its directory, and what is `torn` from the last that has a record. Not from
// one that is another directory's, too (a copy has links to logs that were closed). Errors: io, corrupt.
result<void> cut_logs(const std::string& directory, log_sink& log);

}  // namespace tollgate
