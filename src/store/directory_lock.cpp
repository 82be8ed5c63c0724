#include "directory_lock.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace tollgate {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

result<void> make_directory(const std::string& path, bool create, log_sink& log) {
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0) {
        if (!S_ISDIR(found.st_mode)) return failure{errc::invalid, fmt::format("{} is not a directory; the store needs one of its own", path)};
        if ((found.st_mode & 07) != 0) log.warn("the store's directory is open to every user; make it mode 0700", {{"store", path}});
        return {};
    }
    if (!create) return failure{errc::not_found, fmt::format("there is no store at {}", path)};
    std::error_code failed;
    const auto parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, failed);
    if (failed) return failure{errc::io, fmt::format("the directory {} for the store cannot be made: {}", parent.string(), failed.message())};
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return failure{errc::io, fmt::format("the store's directory {} cannot be made: {}", path, reason(errno))};
    return {};
}

failure lock_not_opened(const std::string& file, int why) {
    const auto advice = why == EACCES
        ? fmt::format("; the store belongs to another user: give it to the one that the gateway runs as (here uid {})", ::geteuid())
        : "";
    return {errc::io, fmt::format("{} cannot be opened: {}{}", file, reason(why), advice)};
}

std::string holder(int fd) {
    std::array<char, 32> text{};
    const auto n = ::pread(fd, text.data(), text.size() - 1, 0);
    return n > 0 ? fmt::format("process {}", std::string_view(text.data(), static_cast<std::size_t>(n))) : std::string("another process");
}

}  // namespace

result<directory_lock> directory_lock::take(const std::string& path, bool create, log_sink& log) {
    if (auto made = make_directory(path, create, log); !made) return made.error();
    const auto file = path + "/tollgate.lock";
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return lock_not_opened(file, errno);
    directory_lock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return failure{errc::io, fmt::format("{} cannot be locked: {}", file, reason(errno))};
        return failure{errc::unavailable, fmt::format("the store {} is in use by {}; only one gateway may have it open", path, holder(fd))};
    }
    const auto pid = fmt::format("{}", ::getpid());
    // Only for the sentence above: the lock holds without it, also on a full disk.
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0)
        log.warn("the store's lock file cannot be written", {{"store", path}, {"why", reason(errno)}});
    return lock;
}

directory_lock::~directory_lock() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace tollgate
