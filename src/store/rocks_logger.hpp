// rocks_logger.hpp - RocksDB's messages, passed on to ours from `warning` up.
//
// Not a convenience: Debian's librocksdb has assertions on, and its own file logger aborts the process on a full disk.
// Threads: any (RocksDB logs from its background threads).
#pragma once

#include "tollgate/base/log.hpp"

#include <rocksdb/env.h>

#include <string>

namespace tollgate {

class rocks_logger final : public rocksdb::Logger {
 public:
    rocks_logger(log_sink& to, std::string path);
    using rocksdb::Logger::Logv;
    void Logv(const char* format, va_list arguments) override;
    void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;

 private:
    log_sink& to_;
    std::string path_;
};

}  // namespace tollgate
