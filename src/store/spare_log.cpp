#include "spare_log.hpp"

#include "log_ahead.hpp"

#include "tollgate/base/give_way.hpp"
#include "tollgate/store/disk_room.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tollgate {

spare_log::~spare_log() {
    stopping_.store(true, std::memory_order_relaxed);
    if (maker_.joinable()) maker_.join();
    if (const int fd = ready_.load(std::memory_order_acquire); fd >= 0) ::close(fd);
}

void spare_log::make(const std::string& directory) noexcept {
    const auto room = disk_room_of(directory);
    if (room.free_bytes < 4 * (room.watermark_bytes + bytes)) return;
    try {
        maker_ = std::thread([this, directory] {
            const give_way manners;
            const int fd = ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
            if (fd < 0) return;
            if (write_zeros(fd)) ready_.store(fd, std::memory_order_release);
            else ::close(fd);
        });
        static_cast<void>(::pthread_setname_np(maker_.native_handle(), "spare log"));  // seen as soon as this returns
    } catch (const std::system_error&) {  // no thread is to be had: the next log begins empty
    }
}

// The disk has one piece to do at a time, so that a sync of the log that is in use waits for that at most.
bool spare_log::write_zeros(int fd) const noexcept {
    for (std::uint64_t at = 0; at < bytes && !stopping_.load(std::memory_order_relaxed); at += zeros_ahead.size()) {
        if (::pwrite(fd, zeros_ahead.data(), zeros_ahead.size(), static_cast<off_t>(at)) != static_cast<ssize_t>(zeros_ahead.size())) return false;
        constexpr unsigned until_written = SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
        if (::sync_file_range(fd, static_cast<off_t>(at), static_cast<off_t>(zeros_ahead.size()), until_written) != 0 && errno == EIO) return false;
    }
    return !stopping_.load(std::memory_order_relaxed) && ::fdatasync(fd) == 0;
}

int spare_log::take(const std::string& path) noexcept {
    const int fd = ready_.exchange(-1, std::memory_order_acq_rel);
    if (fd < 0) return -1;
    const auto by_number = "/proc/self/fd/" + std::to_string(fd);
    if (::linkat(AT_FDCWD, by_number.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return fd;
    ::close(fd);
    return -1;
}

}  // namespace tollgate
