#include "log_ahead.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

namespace tollgate {
namespace {

constexpr std::uint64_t kMakeNext = 8 << 20;  // written of a log that is well used: soon there will be another

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// As RocksDB's own files answer.
rocksdb::IOStatus failed(std::string_view doing, const std::string& path) {
    const int error = errno;
    const auto what = std::string(doing) + " " + path, why = std::generic_category().message(error);
    const bool full = error == ENOSPC || error == EDQUOT;
    auto status = full ? rocksdb::IOStatus::NoSpace(what, why) : rocksdb::IOStatus::IOError(what, why);
    status.SetRetryable(full);
    return status;
}

class log_ahead final : public rocksdb::FSWritableFile {
 public:
    // `zeroed`: what the file has of zeros.
    log_ahead(std::string path, int fd, std::uint64_t zeroed, open_logs& logs) : path_(std::move(path)), fd_(fd), logs_(logs), zeroed_(zeroed) {
        logs_.makes_next(path_, next_);
    }
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
        if (size_ > kMakeNext && !std::exchange(made_next_, true)) next_.make(directory_of(path_));
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
        if (put(zeros_ahead.data(), zeros_ahead.size(), size_) < zeros_ahead.size()) cut();
        zeroed_ = size_ + zeros_ahead.size();
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
    std::uint64_t size_ = 0;  // what RocksDB has written
    std::uint64_t zeroed_;    // up to here; or where zeros are tried again
    bool made_next_ = false;
    spare_log next_;
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

void open_logs::makes_next(const std::string& path, spare_log& next) {
    const std::lock_guard lock(mutex_);
    logs_.at(path).next = &next;
}

void open_logs::set(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    logs_[path].size = size;
}

void open_logs::closed(const std::string& path) {
    const std::lock_guard lock(mutex_);
    logs_.erase(path);
}

std::optional<std::uint64_t> open_logs::size_of(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto it = logs_.find(path);
    return it == logs_.end() ? std::nullopt : std::optional(it->second.size);
}

int open_logs::take_spare(const std::string& path) noexcept {
    const std::lock_guard lock(mutex_);
    const auto directory = directory_of(path);
    for (const auto& [of, log] : logs_) {
        if (log.next == nullptr || directory_of(of) != directory) continue;
        if (const int fd = log.next->take(path); fd >= 0) return fd;
    }
    return -1;
}

rocksdb::IOStatus open_log_ahead(const std::string& path, open_logs& logs, std::unique_ptr<rocksdb::FSWritableFile>& out) {
    logs.set(path, 0);  // before there is such a file, which may have zeros
    const int spare = logs.take_spare(path);
    const int fd = spare >= 0 ? spare : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        auto status = failed("while opening", path);
        logs.closed(path);
        return status;
    }
    out = std::make_unique<log_ahead>(path, fd, spare >= 0 ? spare_log::bytes : 0, logs);
    return rocksdb::IOStatus::OK();
}

std::unique_ptr<rocksdb::FSSequentialFile> read_to(std::uint64_t size, std::unique_ptr<rocksdb::FSSequentialFile> whole) {
    return std::make_unique<reading_to>(size, std::move(whole));
}

}  // namespace tollgate
