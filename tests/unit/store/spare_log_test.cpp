// The next log, and how the database goes from one to the other.
#include "store/spare_log.hpp"

#include "tollgate/store/database.hpp"
#include "tollgate/store/disk_room.hpp"

#include "store/log_end.hpp"

#include "scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

namespace {
std::atomic<bool> disk_fails{false};
}

// In libc's place: what the disk answers is told here, once.
extern "C" int sync_file_range(int fd, off64_t from, off64_t count, unsigned flags) {
    if (!disk_fails) return static_cast<int>(::syscall(SYS_sync_file_range, fd, from, count, flags));
    errno = ENODATA;
    return -1;
}

using namespace tollgate;
using test::files_of;
using test::read_file;
using test::scratch;
using test::write_file;

namespace {

null_log quiet;
constexpr std::size_t kMiB = 1 << 20;

// Of a thread, which may end meanwhile.
std::string name_of(const std::filesystem::path& task) {
    char name[32];
    const int fd = ::open((task / "comm").c_str(), O_RDONLY | O_CLOEXEC);
    const auto n = fd >= 0 ? ::read(fd, name, sizeof name) : 0;
    if (fd >= 0) ::close(fd);
    return {name, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

// The threads of this process that make one.
std::size_t makers() {
    std::size_t n = 0;
    std::error_code gone;
    for (std::filesystem::directory_iterator at("/proc/self/task", gone), end; !gone && at != end; at.increment(gone))
        if (name_of(at->path()) == "spare log\n") ++n;
    return n;
}

void until_made() {
    while (makers() > 0) std::this_thread::yield();
}

// Waits for one that is being made.
int taken(spare_log& from, const std::string& path) {
    for (;;) {
        const bool made = makers() == 0;
        if (const int fd = from.take(path); fd >= 0 || made) return fd;
        std::this_thread::yield();
    }
}

std::unique_ptr<database> open(const std::string& path) {
    database_options o;
    o.path = path;
    o.families = {{"default"}, {"other"}};  // of one alone RocksDB does not count the log
    o.log_ahead = true;
    auto db = database::open(o, quiet);
    BOOST_REQUIRE_MESSAGE(db, (db ? "" : db.error().what));
    return std::move(*db);
}

std::string value_of(std::size_t number) { return std::string(kMiB - 1, static_cast<char>('a' + number % 26)); }

void put(database& db, std::size_t number) {
    write_batch batch;
    batch.put(0, "row " + std::to_string(number), value_of(number));
    BOOST_REQUIRE(db.write(batch, true));
}

std::set<std::string> logs_of(const std::string& directory) {
    std::set<std::string> names;
    for (const auto& file : files_of(directory, ".log")) names.insert(file.filename());
    return names;
}

std::string newest_log(const std::string& directory) { return directory + "/" + *logs_of(directory).rbegin(); }

// Else there is no spare.
struct takes_unnamed_files {
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        const auto where = std::filesystem::temp_directory_path();
        const auto room = disk_room_of(where);
        const int fd = ::open(where.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
        struct statfs at{};
        const bool copies = ::fstatfs(fd, &at) == 0 && static_cast<std::uint32_t>(at.f_type) == BTRFS_SUPER_MAGIC;
        if (fd >= 0) ::close(fd);
        boost::test_tools::assertion_result answer(fd >= 0 && !copies && room.free_bytes >= 4 * (room.watermark_bytes + spare_log::bytes));
        if (!answer) answer.message() << "the file system has no files without a name, copies on write, or has no room";
        return answer;
    }
};
const boost::unit_test::precondition there{takes_unnamed_files{}};

}  // namespace

BOOST_AUTO_TEST_SUITE(spare_log_test)

BOOST_AUTO_TEST_CASE(zeros_get_a_name_when_they_are_taken, *there) {
    const scratch dir;
    std::filesystem::create_directory(dir.path());
    const auto path = dir.path() + "/000007.log";
    spare_log spare;
    BOOST_TEST(spare.take(path) == -1);  // nothing was begun
    spare.make(dir.path());
    const int fd = taken(spare, path);
    BOOST_REQUIRE(fd >= 0);
    struct stat by_number{}, by_name{};
    BOOST_REQUIRE(::fstat(fd, &by_number) == 0);
    BOOST_REQUIRE(::stat(path.c_str(), &by_name) == 0);
    BOOST_TEST(by_number.st_ino == by_name.st_ino);
    BOOST_TEST(by_name.st_nlink == 1u);
    BOOST_TEST(by_name.st_size == static_cast<off_t>(spare_log::bytes));
    BOOST_TEST(by_name.st_blocks * 512 >= static_cast<off_t>(spare_log::bytes));  // written, no hole
    BOOST_TEST(read_file(path).find_first_not_of('\0') == std::string::npos);
    BOOST_TEST(::pwrite(fd, "x", 1, 0) == 1);
    BOOST_TEST(read_file(path).front() == 'x');
    BOOST_TEST(spare.take(dir.path() + "/000008.log") == -1);  // there is one
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(what_is_not_taken_leaves_nothing) {
    const scratch dir;
    std::filesystem::create_directory(dir.path());
    {
        spare_log unfinished;
        unfinished.make(dir.path());
    }
    {
        spare_log finished;
        finished.make(dir.path());
        until_made();
        BOOST_TEST(files_of(dir.path()).empty());
    }
    BOOST_TEST(files_of(dir.path()).empty());
    BOOST_TEST(makers() == 0u);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_stays) {
    const scratch dir;
    std::filesystem::create_directory(dir.path());
    const auto path = dir.path() + "/000007.log";
    write_file(path, "mine");
    spare_log spare;
    spare.make(dir.path());
    BOOST_TEST(taken(spare, path) == -1);
    BOOST_TEST(read_file(path) == "mine");
}

BOOST_AUTO_TEST_CASE(without_a_directory_there_is_none) {
    const scratch dir;
    spare_log spare;
    spare.make(dir.path("nowhere"));
    BOOST_TEST(taken(spare, dir.path("nowhere") + "/000007.log") == -1);
}

BOOST_AUTO_TEST_CASE(zeros_that_the_disk_did_not_take_are_none, *there) {
    const scratch dir;
    std::filesystem::create_directory(dir.path());
    spare_log spare;
    disk_fails = true;
    spare.make(dir.path());
    until_made();
    disk_fails = false;
    BOOST_TEST(spare.take(dir.path() + "/000007.log") == -1);
    BOOST_TEST(files_of(dir.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_busy_store_goes_from_log_to_log_over_zeros, *there) {
    const scratch dir;
    const auto killed = dir.path("killed");
    std::size_t rows = 0, over_zeros = 0;
    {
        const auto db = open(dir.path());
        for (auto logs = logs_of(dir.path()); rows < 120; put(*db, rows++)) {
            until_made();
            const auto now = logs_of(dir.path());
            if (*now.rbegin() == *logs.rbegin()) continue;
            logs = now;
            const auto bytes = read_file(newest_log(dir.path()));
            BOOST_TEST(bytes.size() >= spare_log::bytes);
            BOOST_TEST(find_log_end(bytes).whole < 3 * kMiB);
            BOOST_TEST((find_log_end(bytes).behind == log_end::rest::none));
            ++over_zeros;
        }
        std::filesystem::copy(dir.path(), killed, std::filesystem::copy_options::recursive);
    }
    BOOST_TEST(over_zeros >= 2u);
    for (const auto& file : files_of(dir.path(), ".log")) BOOST_TEST(file_size(file) == find_log_end(read_file(file)).whole, file.string());
    for (const auto& directory : {dir.path(), killed}) {
        const auto db = open(directory);
        for (std::size_t i = 0; i < rows; ++i) BOOST_TEST((db->get(0, "row " + std::to_string(i)).value() == value_of(i)), directory << ' ' << i);
    }
}

BOOST_AUTO_TEST_SUITE_END()
