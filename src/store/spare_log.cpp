#include "spare_log.hpp"

#include "tollgate/base/give_way.hpp"
#include "tollgate/store/disk_room.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tollgate {
namespace {

// Of what will not get better: 33 MiB for each log would be written in vain.
std::atomic<bool> cannot_be_named{false};

// Each write there goes to a new place, so zeros spare it nothing; and RocksDB leaves btrfs's directories unsynced.
bool copies_on_write(int fd) noexcept {
    constexpr std::uint32_t bcachefs = 0xca451a4e, zfs = 0x2fc12fc1;
    struct statfs at{};
    if (::fstatfs(fd, &at) != 0) return true;
    const auto type = static_cast<std::uint32_t>(at.f_type);
    return type == BTRFS_SUPER_MAGIC || type == bcachefs || type == zfs;
}

}  // namespace

spare_log::~spare_log() {
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    ending_.notify_one();
    if (maker_.joinable()) maker_.join();
    if (const int fd = ready_.load(std::memory_order_acquire); fd >= 0) ::close(fd);
}

void spare_log::make(const std::string& directory) noexcept {
    if (cannot_be_named.load(std::memory_order_relaxed)) return;
    const auto room = disk_room_of(directory);
    if (room.free_bytes < 4 * (room.watermark_bytes + bytes)) return;
    try {
        maker_ = std::thread([this, directory] {
            const int fd = ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
            if (fd < 0) return;
            if (!copies_on_write(fd) && write_zeros(fd)) ready_.store(fd, std::memory_order_release);
            else ::close(fd);
        });
        static_cast<void>(::pthread_setname_np(maker_.native_handle(), "spare log"));  // seen as soon as this returns
    } catch (const std::system_error&) {  // no thread is to be had: the next log begins empty
    }
}

// The disk has one piece to do at a time, so that a sync of the log that is in use waits for that at most.
bool spare_log::write_zeros(int fd) {
    give_way manners;
    for (std::uint64_t at = 0; at < bytes; at += zeros_ahead.size()) {
        const auto from = static_cast<off_t>(at), count = static_cast<off_t>(zeros_ahead.size());
        if (::pwrite(fd, zeros_ahead.data(), zeros_ahead.size(), from) != count) return false;
        // It is the one that is told when the disk fails: a later sync is not.
        if (::sync_file_range(fd, from, count, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) != 0) return false;
        if (!rest(manners.rest())) return false;
    }
    return ::fdatasync(fd) == 0;
}

bool spare_log::rest(std::chrono::nanoseconds time) {
    std::unique_lock lock(mutex_);
    return !ending_.wait_for(lock, time, [this] { return ends_; });
}

int spare_log::take(const std::string& path) noexcept {
    const int fd = ready_.exchange(-1, std::memory_order_acq_rel);
    if (fd < 0) return -1;
    const auto by_number = "/proc/self/fd/" + std::to_string(fd);
    if (::linkat(AT_FDCWD, by_number.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return fd;
    if (errno != EEXIST && errno != ENOSPC && errno != EDQUOT) cannot_be_named.store(true, std::memory_order_relaxed);
    ::close(fd);
    return -1;
}

}  // namespace tollgate
