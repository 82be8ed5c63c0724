#include "store_files.hpp"

#include "log_ahead.hpp"
#include "mapped_table.hpp"

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace tollgate {
namespace {

thread_local bool keeping = false;

class store_file_system final : public rocksdb::FileSystemWrapper {
 public:
    explicit store_file_system(bool ahead) : FileSystemWrapper(rocksdb::FileSystem::Default()), ahead_(ahead) {}
    const char* Name() const override { return "tollgate.store_files"; }

    rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& how, std::unique_ptr<rocksdb::FSWritableFile>* out,
        rocksdb::IODebugContext* debug) override {
        if (ahead_ && name.ends_with(".log")) return open_log_ahead(name, logs_, *out);
        return FileSystemWrapper::NewWritableFile(name, how, out, debug);
    }
    // Of a log that is being written: a copy of it, and who reads it, must not take zeros that bytes come over meanwhile.
    rocksdb::IOStatus GetFileSize(
        const std::string& name, const rocksdb::IOOptions& how, std::uint64_t* out, rocksdb::IODebugContext* debug) override {
        const auto written = logs_.size_of(name);
        if (!written) return FileSystemWrapper::GetFileSize(name, how, out, debug);
        *out = *written;
        return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& how, std::unique_ptr<rocksdb::FSSequentialFile>* out,
        rocksdb::IODebugContext* debug) override {
        const auto written = logs_.size_of(name);
        auto opened = FileSystemWrapper::NewSequentialFile(name, how, out, debug);
        if (opened.ok() && written) *out = read_to(*written, std::move(*out));
        return opened;
    }
    rocksdb::IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& how, std::unique_ptr<rocksdb::FSRandomAccessFile>* out,
        rocksdb::IODebugContext* debug) override {
        auto opened = FileSystemWrapper::NewRandomAccessFile(name, how, out, debug);
        if (opened.ok() && ahead_ && name.ends_with(".sst")) *out = map_table(name, std::move(*out));
        return opened;
    }
    rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& how, rocksdb::IODebugContext* debug) override {
        if (keeping && name.ends_with(".sst")) return rocksdb::IOStatus::OK();
        return FileSystemWrapper::DeleteFile(name, how, debug);
    }

 private:
    const bool ahead_;
    open_logs logs_;
};

rocksdb::Env* made(bool ahead) { return rocksdb::NewCompositeEnv(std::make_shared<store_file_system>(ahead)).release(); }

}  // namespace

rocksdb::Env* store_files(bool log_ahead) {
    static auto* const ahead = made(true);
    static auto* const plain = made(false);
    return log_ahead ? ahead : plain;
}

keeping_tables::keeping_tables() noexcept { keeping = true; }
keeping_tables::~keeping_tables() { keeping = false; }

}  // namespace tollgate
