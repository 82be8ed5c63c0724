// log_ahead.hpp - a write-ahead log that is written over zeros, so that a sync is one write and one flush of the disk.
//
// Where a file grows, each sync also commits the file system's journal: its new length and blocks. Measured on ext4: 300 us alone, 200 over zeros,
// and half the p99. So each write that reaches the end of the zeros puts 256 KiB more of them behind itself, for the syncs that follow;
// where there are many, the next log has all its zeros before it is used (spare_log.hpp).
// What has to be known when the log is read: log_end.hpp.
#pragma once

#include "spare_log.hpp"

#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace tollgate {

// The logs that are open: how much RocksDB has written of each, which is what is there for who copies or reads it meanwhile; and what each has made
// of the next. Any thread.
class open_logs {
 public:
    void set(const std::string& path, std::uint64_t size);
    // Of one whose size is set. `next` lives until it is closed.
    void makes_next(const std::string& path, spare_log& next);
    void closed(const std::string& path);
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& path) const;
    // spare_log::take, of a log in the same directory.
    [[nodiscard]] int take_spare(const std::string& path) noexcept;

 private:
    struct log {
        std::uint64_t size = 0;
        spare_log* next = nullptr;
    };
    mutable std::mutex mutex_;
    std::map<std::string, log> logs_;
};

// `logs` outlives the file.
rocksdb::IOStatus open_log_ahead(const std::string& path, open_logs& logs, std::unique_ptr<rocksdb::FSWritableFile>& out);

// Ends where `size` says.
std::unique_ptr<rocksdb::FSSequentialFile> read_to(std::uint64_t size, std::unique_ptr<rocksdb::FSSequentialFile> whole);

}  // namespace tollgate
