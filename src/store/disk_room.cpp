#include "tollgate/store/disk_room.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tollgate {
namespace {

constexpr std::uint64_t kMib = 1 << 20;
constexpr std::uint64_t kMostWatermark = 64 * kMib, kMostBallast = 16 * kMib;

}  // namespace

disk_figures disk_room_of(const std::string& path) noexcept {
    struct statvfs at{};
    if (::statvfs(path.c_str(), &at) != 0) return {};
    const std::uint64_t block = at.f_frsize, all = at.f_blocks * block;
    return {at.f_bavail * block, std::min(kMostWatermark, all / 20), std::min(kMostBallast, all / 50)};
}

disk_room::disk_room(std::string directory, log_sink& log, figures_of figures) : ballast_(directory + "/ballast"), log_(log), figures_(figures) {
    struct stat found{};
    there_ = ::stat(ballast_.c_str(), &found) == 0;
    look();
}

disk_figures disk_room::look() {
    const auto now = figures_(ballast_.substr(0, ballast_.rfind('/')));
    const std::lock_guard lock(mutex_);
    const bool low = now.low();
    if (low != std::exchange(said_low_, low)) {
        const auto left = fmt::format("{} MiB", now.free_bytes / kMib);
        if (low) log_.error("the store's disk is nearly full: nothing new is kept, revoking goes on", {{"left", left}});
        else log_.info("the store's disk has room again", {{"left", left}});
    }
    if (!there_ && now.free_bytes > 2 * (now.watermark_bytes + now.ballast_bytes)) lay_ballast(now.ballast_bytes);
    if (there_ && now.free_bytes < now.watermark_bytes / 8) give_up_ballast();
    return now;
}

void disk_room::lay_ballast(std::uint64_t bytes) {
    const int fd = ::open(ballast_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return;
    there_ = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)) == 0;
    ::close(fd);
    if (!there_) ::unlink(ballast_.c_str());
}

void disk_room::give_up_ballast() {
    if (::unlink(ballast_.c_str()) != 0 && errno != ENOENT) {
        log_.error("the store's ballast cannot be given up", {{"file", ballast_}, {"error", std::strerror(errno)}});
        return;
    }
    there_ = false;
    log_.warn("the store's ballast is given up: what it took is left for revoking");
}

}  // namespace tollgate
