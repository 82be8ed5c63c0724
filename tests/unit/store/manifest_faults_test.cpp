// The manifest fails while tables are taken in: at its Nth write, its Nth sync, or when a new one is to become the current. No abort; all of a
// batch is there or nothing of it, and what was answered before is; a process that is killed at that moment leaves a store that opens, and one
// that lives goes on.
//
// RocksDB's calls are answered by this program's own functions, which stand before those of the C library.
#include "tollgate/store/database.hpp"

#include "scratch.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

using namespace tollgate;
using test::scratch;

namespace {

enum class step : int { none, write, sync, rename };

std::atomic<step> failing{step::none};
std::atomic<int> passing{0};  // calls that succeed first
std::atomic<int> failures{0};
std::atomic<int> left{0};     // calls that fail then
std::atomic<int> error{EIO};

bool fails(step what) {
    if (failing.load() != what || passing.fetch_sub(1) > 0 || left.fetch_sub(1) <= 0) return false;
    ++failures;
    errno = error;
    return true;
}

bool is_manifest(int fd) {
    if (failing.load() == step::none) return false;
    std::array<char, 4096> path{};
    const auto got = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), path.data(), path.size());
    return got > 0 && std::string_view(path.data(), static_cast<std::size_t>(got)).find("/MANIFEST-") != std::string_view::npos;
}

}  // namespace

#define SEEN_BY_LIBRARIES extern "C" __attribute__((visibility("default")))

SEEN_BY_LIBRARIES ssize_t write(int fd, const void* bytes, size_t count) {
    if (is_manifest(fd) && fails(step::write)) return -1;
    return ::syscall(SYS_write, fd, bytes, count);
}
SEEN_BY_LIBRARIES int fdatasync(int fd) {
    if (is_manifest(fd) && fails(step::sync)) return -1;
    return static_cast<int>(::syscall(SYS_fdatasync, fd));
}
SEEN_BY_LIBRARIES int fsync(int fd) {
    if (is_manifest(fd) && fails(step::sync)) return -1;
    return static_cast<int>(::syscall(SYS_fsync, fd));
}
SEEN_BY_LIBRARIES int rename(const char* from, const char* to) noexcept {
    if (std::string_view(to).ends_with("/CURRENT") && fails(step::rename)) return -1;
    return static_cast<int>(::syscall(SYS_rename, from, to));
}

namespace {

null_log quiet;
constexpr family plain = 0, sorted = 1, filtered = 2;
constexpr std::size_t rows = 200;
constexpr int for_good = 1'000'000;

database_options options_of(const std::string& path) {
    database_options o;
    o.path = path;
    o.families = {{.name = "default"}, {.name = "sorted", .sorted_puts = true, .merged_at_once = 16},
        {.name = "filtered", .point_lookups = true, .sorted_puts = true}};
    return o;
}

struct fixture {
    scratch dir;
    std::unique_ptr<database> db;

    fixture() { open(); }
    ~fixture() { well(); }
    void open() {
        db.reset();
        auto opened = database::open(options_of(dir.path()), quiet);
        BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
        db = std::move(*opened);
    }
    static void ill(step what, int passed, int failed, int why) {
        failures = 0;
        passing = passed;
        left = failed;
        error = why;
        failing = what;
    }
    static void well() { failing = step::none; }

    static write_batch many(std::string_view value) {
        write_batch b;
        for (std::size_t i = 0; i < rows; ++i) {
            b.put(sorted, fmt::format("k/{:04}", i), value);
            b.put(filtered, fmt::format("k/{:04}", i), value);
        }
        b.put(plain, "head", value);
        return b;
    }
    static result<void> put(database& into, std::string_view key) {
        write_batch b;
        b.put(plain, key, "v");
        return into.write(b, true);
    }
    static std::size_t count(const database& in, family f) {
        std::size_t n = 0;
        const auto scanned = in.scan(f, "", "", [&](std::string_view, std::string_view) { return ++n, true; });
        BOOST_REQUIRE_MESSAGE(scanned, (scanned ? "" : scanned.error().what));
        return n;
    }
    // What was answered is there, and of the tables that were not: all or nothing.
    static void whole(const database& in, std::string_view when) {
        BOOST_TEST(in.get(plain, "before").value().has_value(), when);
        const auto head = in.get(plain, "head").value();
        BOOST_TEST((count(in, sorted) == rows) == head.has_value(), when);
        BOOST_TEST(count(in, sorted) == count(in, filtered), when);
        BOOST_TEST((count(in, sorted) == 0 || head.has_value()), when);
        BOOST_TEST(in.verify().has_value(), when);
    }
    // As `kill -9` leaves it now, opened once the disk is well.
    void a_copy_opens(std::string_view when, std::string_view answered = {}) const {
        const scratch to;
        std::error_code failed;
        for (int turn = 0; turn == 0 || (failed && turn < 100); ++turn) {  // what is no longer needed may go in between
            std::filesystem::remove_all(to.path());
            std::filesystem::copy(dir.path(), to.path(), std::filesystem::copy_options::recursive, failed);
        }
        BOOST_REQUIRE(!failed);
        well();
        const auto copy = database::open(options_of(to.path()), quiet);
        BOOST_REQUIRE_MESSAGE(copy, when << ": " << (copy ? "" : copy.error().what));
        whole(**copy, when);
        if (!answered.empty()) BOOST_TEST((*copy)->get(plain, answered).value().has_value(), when);
        BOOST_TEST((*copy)->write_tables(many("in the copy")).has_value(), when);
    }
    // As a registry does it: another write, and where that says that nothing helps, the database closed and opened again. RocksDB looks for room by
    // itself, in a thread and a time of its own.
    void goes_on(std::string_view when) {
        bool done = false;
        for (int turn = 0; turn < 3000 && !done; ++turn) {
            done = put(*db, "after").has_value();
            if (done) break;
            if (!db->needs_reopening()) {
                ::poll(nullptr, 0, 10);
                continue;
            }
            db->close();
            const auto opened = db->reopen();
            BOOST_REQUIRE_MESSAGE(opened, when << ": " << (opened ? "" : opened.error().what));
        }
        BOOST_TEST(done, when);
    }
    // What `failed` calls of a step leave behind, after `passed` that succeed. False: there are no more calls than that.
    static bool survives(step what, int why, int passed, int failed) {
        const auto when = fmt::format("step {}, error {}, {} pass, {} fail", static_cast<int>(what), why, passed, failed);
        fixture f;
        BOOST_REQUIRE(put(*f.db, "before"));
        ill(what, passed, failed, why);
        const auto taken = f.db->write_tables(many("one"));
        if (failures == 0) return false;
        if (taken) BOOST_TEST((f.db->get(plain, "head").value() == "one"), when);  // what failed was not its own
        f.whole(*f.db, when);
        if (failed == for_good) {
            BOOST_TEST(!f.db->write_tables(many("two")).has_value(), when);
            f.whole(*f.db, when);
        }
        if (why == EIO) f.a_copy_opens(when + ", killed");  // otherwise RocksDB goes on by itself while the copy is made
        well();
        f.goes_on(when);
        f.a_copy_opens(when + ", killed when well again", "after");
        BOOST_TEST(f.db->write_tables(many("three")).has_value(), when);
        BOOST_TEST((f.db->get(plain, "head").value() == "three"), when);
        f.open();
        f.whole(*f.db, when);
        BOOST_TEST((f.db->get(plain, "head").value() == "three"), when);
        BOOST_TEST(f.db->get(plain, "after").value().has_value(), when);
        BOOST_TEST(f.db->write_tables(many("four")).has_value(), when);
        return true;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(manifest_faults_test)

BOOST_AUTO_TEST_CASE(tables_are_taken_in_whole_or_not_at_all) {
    for (const auto& [what, failed] : {std::pair(step::write, 1), std::pair(step::sync, 1), std::pair(step::sync, for_good)})
        for (int passed = 0; fixture::survives(what, EIO, passed, failed); ++passed) BOOST_TEST_REQUIRE(passed < 20);
}

// The bug that this keeps out: RocksDB recovers by itself from a full disk, and aborted over the tables of the next import.
BOOST_AUTO_TEST_CASE(tables_are_taken_in_after_a_disk_was_full) {
    for (int passed = 0; fixture::survives(step::write, ENOSPC, passed, 1); ++passed) BOOST_TEST_REQUIRE(passed < 20);
}

// After a sync that failed the next manifest is a new one.
BOOST_AUTO_TEST_CASE(a_manifest_that_does_not_become_the_current_one_leaves_the_one_before) {
    fixture f;
    BOOST_REQUIRE(fixture::put(*f.db, "before"));
    fixture::ill(step::sync, 0, 1, EIO);
    BOOST_TEST(!f.db->write_tables(fixture::many("one")).has_value());
    fixture::ill(step::rename, 0, for_good, EIO);
    for (int turn = 0; turn < 3000 && failures == 0; ++turn) {
        static_cast<void>(fixture::put(*f.db, "perhaps"));
        if (f.db->needs_reopening()) {
            f.db->close();
            BOOST_TEST(!f.db->reopen().has_value());
        } else {
            ::poll(nullptr, 0, 10);
        }
    }
    BOOST_TEST_REQUIRE(failures > 0);
    f.a_copy_opens("killed");
    f.goes_on("well again");
    f.a_copy_opens("killed when well again", "after");
    BOOST_TEST(f.db->write_tables(fixture::many("two")).has_value());
    f.open();
    f.whole(*f.db, "opened");
    BOOST_TEST((f.db->get(plain, "head").value() == "two"));
}

BOOST_AUTO_TEST_SUITE_END()
