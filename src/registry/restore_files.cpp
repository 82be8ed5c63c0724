#include "restore_files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace tollgate {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> not_copied{"tollgate.lock", "LOCK", "answered"};

failure io_failure(const std::string& what, const std::error_code& why) { return {errc::io, fmt::format("{}: {}", what, why.message())}; }
failure io_failure(const std::string& what) { return io_failure(what, std::error_code(errno, std::generic_category())); }

result<void> sync_files(const std::string& directory) {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return io_failure(directory + " cannot be opened");
    const int done = ::syncfs(fd);
    const int why = errno;
    ::close(fd);
    if (done == 0) return {};
    return io_failure(directory + " cannot be synced", std::error_code(why, std::generic_category()));
}

// Root restores for somebody else: the gateway's user must be able to open what it gets.
result<void> give_to_owner_of(const std::string& example, const std::string& directory) {
    struct stat owner{};
    if (::geteuid() != 0 || ::stat(example.c_str(), &owner) != 0) return {};
    if (::lchown(directory.c_str(), owner.st_uid, owner.st_gid) != 0) return io_failure(directory + " cannot be given to its owner");
    for (const auto& entry : fs::directory_iterator(directory))
        if (::lchown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0)
            return io_failure(entry.path().string() + " cannot be given to its owner");
    return {};
}

// Where the file system cannot exchange, the store is missing for a moment; what goes wrong there is undone.
result<void> exchange(const std::string& next, const std::string& store) {
    if (!fs::exists(store)) {
        if (::rename(next.c_str(), store.c_str()) == 0) return {};
        return io_failure(fmt::format("{} cannot become {}", next, store));
    }
    if (::renameat2(AT_FDCWD, next.c_str(), AT_FDCWD, store.c_str(), RENAME_EXCHANGE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return io_failure(fmt::format("{} cannot take the place of {}", next, store));
    const auto aside = store + ".exchange";
    if (::rename(store.c_str(), aside.c_str()) != 0) return io_failure(fmt::format("{} cannot be set aside", store));
    if (::rename(next.c_str(), store.c_str()) != 0) {
        const auto why = io_failure(fmt::format("{} cannot take the place of {}", next, store));
        if (::rename(aside.c_str(), store.c_str()) != 0)
            return failure{errc::io, fmt::format("{}; the store is at {} now: move it back", why.what, aside)};
        return why;
    }
    if (::rename(aside.c_str(), next.c_str()) != 0) return io_failure(aside + " cannot be renamed");
    return {};
}

std::string free_name(const std::string& wish) {
    std::string name = wish;
    for (int i = 2; fs::exists(name); ++i) name = fmt::format("{}.{}", wish, i);
    return name;
}

}  // namespace

bool holds_store(const std::string& directory) {
    std::error_code failed;
    return fs::exists(fs::path(directory) / "CURRENT", failed);
}

result<void> copy_store(const std::string& from, const std::string& to) {
    if (::mkdir(to.c_str(), 0700) != 0) return io_failure(to + " cannot be made");
    std::error_code failed;
    for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
        const auto name = at->path().filename().string();
        if (!at->is_regular_file(failed) || std::find(not_copied.begin(), not_copied.end(), name) != not_copied.end()) continue;
        fs::copy_file(at->path(), fs::path(to) / name, failed);
        if (failed) return io_failure(fmt::format("{} cannot be copied to {}", at->path().string(), to), failed);
    }
    if (failed) return io_failure(from + " cannot be read", failed);
    return {};
}

result<std::string> exchange_store(const std::string& next, const std::string& store, const std::string& suffix) {
    const bool there = fs::exists(store);
    if (auto given = give_to_owner_of(there ? store : fs::path(store).parent_path().string(), next); !given) return given.error();
    if (auto synced = sync_files(next); !synced) return synced.error();
    if (auto done = exchange(next, store); !done) return done.error();
    if (auto synced = sync_files(store); !synced) return synced.error();
    if (!there) return std::string();
    std::error_code failed;
    if (fs::exists(next + "/local", failed)) {
        fs::rename(next + "/local", store + "/local", failed);
        if (failed) return io_failure(fmt::format("{}/local cannot be moved to {}: move it before the gateway starts", next, store), failed);
    }
    if (fs::remove(next, failed)) return std::string();  // an empty directory, made for a store that was never there
    const auto aside = free_name(store + suffix);
    fs::rename(next, aside, failed);
    return failed ? next : aside;
}

}  // namespace tollgate
