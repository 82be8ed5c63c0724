#include "rocks_logger.hpp"

#include <array>
#include <cstdio>

namespace tollgate {

rocks_logger::rocks_logger(log_sink& to, std::string path) : rocksdb::Logger(rocksdb::WARN_LEVEL), to_(to), path_(std::move(path)) {}

// RocksDB calls this one only for its banner, which nobody misses.
void rocks_logger::Logv(const char*, va_list) {}

void rocks_logger::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
    if (level != rocksdb::WARN_LEVEL && level != rocksdb::ERROR_LEVEL && level != rocksdb::FATAL_LEVEL) return;
    std::array<char, 1024> text;
    const int n = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (n < 0) return;
    std::string_view said(text.data(), std::min<std::size_t>(static_cast<std::size_t>(n), text.size() - 1));
    while (!said.empty() && (said.back() == '\n' || said.back() == ' ')) said.remove_suffix(1);
    to_.write(level == rocksdb::WARN_LEVEL ? severity::warning : severity::error, "the store's engine reports a problem",
        {{"store", path_}, {"engine", said}});
}

}  // namespace tollgate
