#include "tollgate/store/database.hpp"

#include "rows.hpp"
#include "scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;
using test::files_of;
using test::keys;
using test::put;
using test::read_file;
using test::scratch;
using test::text_of;
using test::write_file;

namespace {

null_log quiet;

database_options two_families(const scratch& dir) {
    database_options o;
    o.path = dir.path();
    o.families = {{"default"}, {"index", true, false}};
    return o;
}

std::unique_ptr<database> open(const scratch& dir) {
    auto db = database::open(two_families(dir), quiet);
    BOOST_REQUIRE_MESSAGE(db, (db ? "" : db.error().what));
    return std::move(*db);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(database_test)

BOOST_AUTO_TEST_CASE(a_batch_is_written_whole_in_its_order) {
    const scratch dir;
    const auto db = open(dir);
    write_batch batch;
    batch.put(0, "a", "1");
    batch.put(1, "a", "other family");
    batch.put(0, "a", "2");
    batch.put(0, "b", std::string("\0\xff", 2));
    batch.erase(0, "b");
    batch.put(0, "", "the empty key");
    BOOST_TEST(batch.count() == 6u);
    BOOST_REQUIRE(db->write(batch, true));
    BOOST_TEST(text_of(*db, 0, "a") == "2");
    BOOST_TEST(text_of(*db, 1, "a") == "other family");
    BOOST_TEST(text_of(*db, 0, "b") == "(absent)");
    BOOST_TEST(text_of(*db, 0, "") == "the empty key");
}

BOOST_AUTO_TEST_CASE(a_batch_goes_back_to_a_mark) {
    const scratch dir;
    const auto db = open(dir);
    write_batch batch;
    batch.put(0, "kept", "1");
    const auto mark = batch.here();
    batch.put(0, "dropped", "1");
    batch.erase(0, "kept");
    batch.rewind(mark);
    BOOST_TEST(batch.count() == 1u);
    BOOST_REQUIRE(db->write(batch, true));
    BOOST_TEST(text_of(*db, 0, "kept") == "1");
    BOOST_TEST(text_of(*db, 0, "dropped") == "(absent)");
    batch.clear();
    BOOST_TEST(batch.count() == 0u);
}

BOOST_AUTO_TEST_CASE(scans_run_over_a_prefix_both_ways) {
    const scratch dir;
    const auto db = open(dir);
    for (const char* key : {"a", "b1", "b2", "b3", "c"}) put(*db, 0, key, "");
    put(*db, 0, "\xff\xff", "");
    BOOST_TEST(keys(*db, 0, "b", "") == "b1 b2 b3 ");
    BOOST_TEST(keys(*db, 0, "b", "b2") == "b2 b3 ");
    BOOST_TEST(keys(*db, 0, "b", "b21") == "b3 ");
    BOOST_TEST(keys(*db, 0, "b", "c") == "");
    BOOST_TEST(keys(*db, 0, "x", "") == "");
    BOOST_TEST(keys(*db, 0, "", "", 2) == "a b1 ");
    BOOST_TEST(keys(*db, 0, "\xff", "") == "\xff\xff ");
    std::string back;
    BOOST_REQUIRE(db->scan_back(0, "b", [&](std::string_view key, std::string_view) {
        back.append(key).push_back(' ');
        return key != "b2";
    }));
    BOOST_TEST(back == "b3 b2 ");
    BOOST_REQUIRE(db->scan_back(0, "x", [&](std::string_view, std::string_view) {
        back = "a row of another prefix";
        return true;
    }));
    BOOST_TEST(back == "b3 b2 ");
}

BOOST_AUTO_TEST_CASE(a_closed_database_says_unavailable_and_opens_again) {
    const scratch dir;
    const auto db = open(dir);
    put(*db, 1, "key", "value");
    db->close();
    BOOST_TEST(!db->is_open());
    write_batch batch;
    batch.put(0, "late", "");
    BOOST_TEST((db->get(1, "key").error().kind == errc::unavailable));
    BOOST_TEST((db->write(batch, true).error().kind == errc::unavailable));
    BOOST_TEST((db->scan(0, "", "", [](auto, auto) { return true; }).error().kind == errc::unavailable));
    db->close();  // twice does no harm
    BOOST_REQUIRE(db->reopen());
    BOOST_TEST(db->is_open());
    BOOST_REQUIRE(db->reopen());
    BOOST_TEST(text_of(*db, 1, "key") == "value");
    BOOST_TEST(text_of(*db, 0, "late") == "(absent)");
}

BOOST_AUTO_TEST_CASE(the_directory_is_private_and_has_no_log_file_of_the_engine) {
    const scratch dir;
    auto options = two_families(dir);
    options.path = dir.path("deep/er/store");
    const auto db = database::open(options, quiet);
    BOOST_REQUIRE(db);
    struct stat found{};
    BOOST_REQUIRE(::stat(options.path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777) == 0700u);
    BOOST_TEST(!std::filesystem::exists(options.path + "/LOG"));
}

BOOST_AUTO_TEST_CASE(a_second_opener_is_told_who_has_it) {
    const scratch dir;
    const auto db = open(dir);
    const auto second = database::open(two_families(dir), quiet);
    BOOST_REQUIRE(!second);
    BOOST_TEST((second.error().kind == errc::unavailable));
    BOOST_TEST(second.error().what.find("process " + std::to_string(::getpid())) != std::string::npos);
    db->close();
    BOOST_TEST(database::open(two_families(dir), quiet).has_value());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_says_why) {
    const scratch dir;
    auto options = two_families(dir);
    options.create = false;
    BOOST_TEST((database::open(options, quiet).error().kind == errc::not_found));
    write_file(dir.path(), "a file");
    options.create = true;
    BOOST_TEST((database::open(options, quiet).error().kind == errc::invalid));
    std::filesystem::remove(dir.path());
    { const auto db = open(dir); }
    options.families.pop_back();  // a store of another layout is not opened in part
    BOOST_TEST((database::open(options, quiet).error().kind == errc::invalid));
}

BOOST_AUTO_TEST_CASE(closing_under_traffic_gives_the_value_or_unavailable_and_nothing_else) {
    const scratch dir;
    const auto db = open(dir);
    put(*db, 1, "key", "value");
    std::atomic<bool> over{false};
    std::atomic<std::uint64_t> wrong{0}, answered{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!over) {
                const auto found = db->get(1, "key");
                if (found) {
                    if (*found != "value") ++wrong;
                    ++answered;
                } else if (found.error().kind != errc::unavailable) {
                    ++wrong;
                }
            }
        });
    for (int i = 0; i < 20; ++i) {
        const auto before = answered.load();
        while (answered == before) std::this_thread::yield();
        db->close();
        BOOST_TEST(!db->is_open());
        BOOST_REQUIRE(db->reopen());
    }
    over = true;
    for (auto& r : readers) r.join();
    BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(damage_test)

namespace {

// A copy of the store as a crash would leave it: the log of an open database, copied.
struct crashed {
    scratch dir;
    std::string wal;
    crashed() {
        const scratch live;
        const auto db = open(live);
        for (int i = 0; i < 50; ++i) put(*db, 0, "key" + std::to_string(i), std::string(100, 'v'));
        std::filesystem::copy(live.path(), dir.path(), std::filesystem::copy_options::recursive);
        wal = files_of(dir.path(), ".log").front().string();
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_log_that_was_copied_whole_has_every_row) {
    const crashed store;
    const auto db = open(store.dir);
    for (int i = 0; i < 50; ++i) BOOST_TEST(text_of(*db, 0, "key" + std::to_string(i)) == std::string(100, 'v'));
}

BOOST_AUTO_TEST_CASE(a_log_cut_short_loses_only_the_record_that_was_cut) {
    const crashed store;
    const auto bytes = read_file(store.wal);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{30}, std::size_t{110}}) {
        const scratch dir;
        std::filesystem::copy(store.dir.path(), dir.path(), std::filesystem::copy_options::recursive);
        write_file(files_of(dir.path(), ".log").front(), bytes.substr(0, bytes.size() - cut));
        const auto db = open(dir);
        BOOST_TEST(text_of(*db, 0, "key49") == "(absent)", "cut by " << cut);
        BOOST_TEST(text_of(*db, 0, "key48") == std::string(100, 'v'), "cut by " << cut);
    }
}

// The bug that this keeps out: the engine's default forgets everything behind a flipped bit, revocations included.
BOOST_AUTO_TEST_CASE(a_flipped_bit_in_the_log_is_refused_not_forgotten) {
    const crashed store;
    const auto bytes = read_file(store.wal);
    for (const auto near : {bytes.size() / 4, bytes.size() / 2, bytes.size() - 20}) {
        const auto at = bytes.rfind("vvvv", near);  // in a value: a damaged length is the ledger's to notice
        const scratch dir;
        std::filesystem::copy(store.dir.path(), dir.path(), std::filesystem::copy_options::recursive);
        auto damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        write_file(files_of(dir.path(), ".log").front(), damaged);
        const auto db = database::open(two_families(dir), quiet);
        BOOST_REQUIRE_MESSAGE(!db, "byte " << at << " of " << bytes.size());
        BOOST_TEST((db.error().kind == errc::corrupt), db.error().what);
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_a_table_is_corrupt_not_absent) {
    const scratch dir;
    {
        const auto db = open(dir);
        for (int i = 0; i < 1000; ++i) put(*db, 1, "key" + std::to_string(i), std::string(64, 'v'));
    }
    { const auto db = open(dir); }  // what the log held is in a table now
    const auto table = files_of(dir.path(), ".sst").front();
    auto bytes = read_file(table);
    bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
    write_file(table, bytes);
    const auto db = open(dir);
    int corrupt = 0, wrong = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto found = db->get(1, "key" + std::to_string(i));
        if (!found) corrupt += found.error().kind == errc::corrupt ? 1 : 0;
        else wrong += *found != std::string(64, 'v') ? 1 : 0;
    }
    BOOST_TEST(corrupt > 0);
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(a_closed_database_passes_on_what_may_be_passed) {
    const scratch dir;
    auto db = open(dir);
    write_batch batch;
    batch.put(1, "key", "value");
    batch.erase(0, "other");
    BOOST_TEST(db->write_or_pass(batch).has_value());
    BOOST_TEST(text_of(*db, 1, "key") == "value");
    db->close();
    BOOST_TEST(db->write_or_pass(batch).has_error());
    std::string passed;
    db->pass_writes_to([&](std::string_view operations) {
        passed = operations;
        return result<void>();
    });
    BOOST_TEST(db->write(batch, true).has_error());
    BOOST_TEST(passed.empty());
    write_batch second;
    second.put(1, "key", "changed");
    BOOST_TEST(db->write_or_pass(second).has_value());
    BOOST_TEST(!passed.empty());
    db->pass_writes_to(nullptr);
    BOOST_TEST(db->write_or_pass(second).has_error());
    BOOST_TEST(db->reopen().has_value());
    BOOST_TEST(text_of(*db, 1, "key") == "value");

    // Cut anywhere, or of a family that is not there, it is none.
    for (std::size_t n = 1; n < passed.size(); ++n) BOOST_TEST(db->write_passed(std::string_view(passed).substr(0, n)).has_error());
    write_batch foreign;
    foreign.put(7, "key", "foreign");
    db->close();
    std::string of_another_build;
    std::string of_every_kind;
    write_batch each;
    each.put(0, "a", "gone");
    each.erase(0, "b");
    each.erase_range(0, "a", "b");
    each.put(0, "c", "here");
    db->pass_writes_to([&](std::string_view operations) {
        of_every_kind = operations;
        return result<void>();
    });
    BOOST_TEST(db->write_or_pass(each).has_value());
    db->pass_writes_to([&](std::string_view operations) {
        of_another_build = operations;
        return result<void>();
    });
    BOOST_TEST(db->write_or_pass(foreign).has_value());
    db->pass_writes_to(nullptr);
    BOOST_TEST(db->reopen().has_value());
    BOOST_TEST(db->write_passed(of_another_build).has_error());
    auto of_another_kind = passed;
    of_another_kind.front() = 99;
    BOOST_TEST(db->write_passed(of_another_kind).has_error());
    BOOST_TEST(db->write_passed(passed).has_value());
    BOOST_TEST(text_of(*db, 1, "key") == "changed");
    BOOST_TEST(db->write_passed(of_every_kind).has_value());
    BOOST_TEST(!db->get(0, "a").value().has_value());
    BOOST_TEST(text_of(*db, 0, "c") == "here");
}

BOOST_AUTO_TEST_SUITE_END()
