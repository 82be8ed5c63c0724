#include "log_ahead.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

namespace tollgate {
namespace {

// Few enough that the write which brings them is hardly slower than one that lengthens a file, enough that one in a hundred brings some.
constexpr std::uint64_t kAhead = 256 * 1024;

// As RocksDB's own files answer.
rocksdb::IOStatus failed(std::string_view doing, const std::string& path) {
    const int error = errno;
    const auto what = std::string(doing) + " " + path, why = std::generic_category().message(error);
    auto status = error == ENOSPC ? rocksdb::IOStatus::NoSpace(what, why) : rocksdb::IOStatus::IOError(what, why);
    status.SetRetryable(error == ENOSPC);
    return status;
}

class log_ahead final : public rocksdb::FSWritableFile {
 public:
    log_ahead(std::string path, int fd, open_logs& logs) : path_(std::move(path)), fd_(fd), logs_(logs) { logs_.set(path_, 0); }
    ~log_ahead() override { end(); }
    log_ahead(const log_ahead&) = delete;
    log_ahead& operator=(const log_ahead&) = delete;

    using FSWritableFile::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
        if (put(data.data(), data.size(), size_) < data.size()) {
            auto status = failed("while appending to", path_);
            cut();  // a part of it, and the zeros behind, which would make a torn record of that
            zeroed_ = 0;
            return status;
        }
        size_ += data.size();
        logs_.set(path_, size_);
        if (size_ > zeroed_) zero_ahead();
        return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return rocksdb::IOStatus::OK(); }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
        return ::fdatasync(fd_) == 0 ? rocksdb::IOStatus::OK() : not_synced();
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
        return ::fsync(fd_) == 0 ? rocksdb::IOStatus::OK() : not_synced();
    }
    bool IsSyncThreadSafe() const override { return true; }
    std::uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return size_; }
    rocksdb::IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
        return end() ? rocksdb::IOStatus::OK() : failed("while closing", path_);
    }

 private:
    // Bytes that are written; errno says why they are not all.
    std::size_t put(const char* bytes, std::size_t count, std::uint64_t at) const noexcept {
        std::size_t done = 0;
        while (done < count) {
            errno = EIO;  // should it answer 0
            const auto n = ::pwrite(fd_, bytes + done, count - done, static_cast<off_t>(at + done));
            if (n > 0) done += static_cast<std::size_t>(n);
            else if (n < 0 && errno == EINTR) continue;
            else return done;
        }
        return done;
    }
    // Never as of a full disk, of which RocksDB holds that nothing was written: all of it may be in the file.
    [[nodiscard]] rocksdb::IOStatus not_synced() const {
        return rocksdb::IOStatus::IOError("while syncing " + path_, std::generic_category().message(errno));
    }
    // After the bytes themselves, which may be the last that the disk has room for; without zeros a write lengthens the file.
    void zero_ahead() noexcept {
        static constexpr std::array<char, kAhead> zeros{};
        if (put(zeros.data(), zeros.size(), size_) < zeros.size()) cut();
        zeroed_ = size_ + kAhead;
    }
    bool cut() const noexcept { return ::ftruncate(fd_, static_cast<off_t>(size_)) == 0; }
    bool end() noexcept {
        if (fd_ < 0) return true;
        cut();  // else the next opening does
        logs_.closed(path_);
        return ::close(std::exchange(fd_, -1)) == 0;
    }

    const std::string path_;
    int fd_;
    open_logs& logs_;
    std::uint64_t size_ = 0;    // what RocksDB has written
    std::uint64_t zeroed_ = 0;  // up to here; or where zeros are tried again
};

class reading_to final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
    reading_to(std::uint64_t size, std::unique_ptr<rocksdb::FSSequentialFile> whole) : FSSequentialFileOwnerWrapper(std::move(whole)), left_(size) {}
    rocksdb::IOStatus Read(
        std::size_t n, const rocksdb::IOOptions& how, rocksdb::Slice* out, char* scratch, rocksdb::IODebugContext* debug) override {
        auto read = FSSequentialFileOwnerWrapper::Read(static_cast<std::size_t>(std::min<std::uint64_t>(n, left_)), how, out, scratch, debug);
        if (read.ok()) left_ -= out->size();
        return read;
    }
    rocksdb::IOStatus Skip(std::uint64_t n) override {
        n = std::min(n, left_);
        left_ -= n;
        return FSSequentialFileOwnerWrapper::Skip(n);
    }

 private:
    std::uint64_t left_;
};

}  // namespace

void open_logs::set(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    sizes_[path] = size;
}

void open_logs::closed(const std::string& path) {
    const std::lock_guard lock(mutex_);
    sizes_.erase(path);
}

std::optional<std::uint64_t> open_logs::size_of(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto it = sizes_.find(path);
    return it == sizes_.end() ? std::nullopt : std::optional(it->second);
}

rocksdb::IOStatus open_log_ahead(const std::string& path, open_logs& logs, std::unique_ptr<rocksdb::FSWritableFile>& out) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return failed("while opening", path);
    out = std::make_unique<log_ahead>(path, fd, logs);
    return rocksdb::IOStatus::OK();
}

std::unique_ptr<rocksdb::FSSequentialFile> read_to(std::uint64_t size, std::unique_ptr<rocksdb::FSSequentialFile> whole) {
    return std::make_unique<reading_to>(size, std::move(whole));
}

}  // namespace tollgate
