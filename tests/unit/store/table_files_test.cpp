// Many rows at once, written as tables: what they say is what a batch says, whatever stood there, and a table that cannot be written is none.
#include "tollgate/store/database.hpp"

#include "scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <map>
#include <string>
#include <thread>

using namespace tollgate;
using test::scratch;

namespace {

null_log quiet;
constexpr family plain = 0, sorted = 1, filtered = 2;

struct fixture {
    scratch dir;
    std::unique_ptr<database> db;

    fixture() { open(); }
    void open() {
        db.reset();
        database_options o;
        o.path = dir.path();
        o.families = {{.name = "default"}, {.name = "sorted", .sorted_puts = true, .merged_at_once = 16},
            {.name = "filtered", .point_lookups = true, .sorted_puts = true}};
        auto opened = database::open(o, quiet);
        BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
        db = std::move(*opened);
    }
    [[nodiscard]] std::string at(family f, std::string_view key) const { return db->get(f, key).value().value_or("(absent)"); }
    void put(family f, std::string_view key, std::string_view value) const {
        write_batch b;
        b.put(f, key, value);
        BOOST_REQUIRE(db->write(b, true));
    }
    [[nodiscard]] std::size_t count(family f) const {
        std::size_t n = 0;
        BOOST_REQUIRE(db->scan(f, "", "", [&](std::string_view, std::string_view) { return ++n, true; }));
        return n;
    }
};

std::string key_of(int i) { return "k/" + std::to_string(i * 7919 % 10'000); }

write_batch many(int rows, const std::string& value) {
    write_batch b;
    for (int i = 0; i < rows; ++i) {
        b.put(sorted, key_of(i), value);
        b.put(filtered, key_of(i), value);
    }
    b.put(plain, "head", value);
    return b;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(table_files_test, fixture)

BOOST_AUTO_TEST_CASE(rows_of_all_families_are_there_and_survive) {
    BOOST_REQUIRE(db->write_tables(many(5000, "one")));
    for (int turn = 0; turn < 2; ++turn, open()) {
        BOOST_TEST(count(sorted) == 5000u);
        BOOST_TEST(count(filtered) == 5000u);
        BOOST_TEST(at(filtered, key_of(4999)) == "one");
        BOOST_TEST(at(plain, "head") == "one");
        BOOST_TEST(db->verify().has_value());
        BOOST_TEST((turn == 1 || test::files_of(dir.path() + "/tables").empty()));
    }
}

BOOST_AUTO_TEST_CASE(the_last_that_a_key_is_told_counts_in_memory_and_in_tables) {
    for (const auto f : {plain, sorted, filtered}) put(f, "k/1", "in memory");
    write_batch b;
    for (const auto f : {plain, sorted, filtered}) {
        b.put(f, "k/1", "first");
        b.put(f, "k/1", "then");
        b.put(f, "k/2", "goes");
        b.erase(f, "k/2");
        b.erase(f, "k/3");
        b.put(f, "k/3", "comes");
    }
    BOOST_REQUIRE(db->write_tables(b));
    put(sorted, "k/4", "later");
    BOOST_REQUIRE(db->write_tables(many(10, "tables")));
    put(sorted, key_of(3), "in memory again");
    for (int turn = 0; turn < 2; ++turn, open()) {
        for (const auto f : {plain, sorted, filtered}) {
            BOOST_TEST(at(f, "k/1") == "then");
            BOOST_TEST(at(f, "k/2") == "(absent)");
            BOOST_TEST(at(f, "k/3") == "comes");
        }
        BOOST_TEST(at(sorted, "k/4") == "later");
        BOOST_TEST(at(sorted, key_of(3)) == "in memory again");
        BOOST_TEST(at(filtered, key_of(3)) == "tables");
    }
}

BOOST_AUTO_TEST_CASE(a_batch_knows_whether_it_can_be_tables) {
    write_batch b;
    b.put(sorted, "a", "b");
    b.erase(sorted, "c");
    BOOST_TEST(b.is_plain());
    const auto here = b.here();
    b.erase_range(plain, "a", "b");
    BOOST_TEST(!b.is_plain());
    b.rewind(here);
    BOOST_TEST(b.is_plain());
    b.merge(plain, "a", "b");
    BOOST_TEST(!b.is_plain());
    b.clear();
    BOOST_TEST(b.is_plain());
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_left_is_removed_and_nothing_else) {
    db.reset();
    std::filesystem::create_directory(dir.path() + "/tables");
    test::write_file(dir.path() + "/tables/1.sst", "half a table");
    test::write_file(dir.path() + "/tables/menu.txt", "somebody's");
    open();
    BOOST_TEST(!std::filesystem::exists(dir.path() + "/tables/1.sst"));
    BOOST_TEST(std::filesystem::exists(dir.path() + "/tables/menu.txt"));
    BOOST_TEST(db->write_tables(many(100, "one")).has_value());

    const test::scratch other;  // no store: refused, and left as it is
    std::filesystem::create_directories(other.path() + "/tables");
    test::write_file(other.path() + "/tables/1.sst", "somebody's");
    database_options o;
    o.path = other.path();
    o.create = false;
    o.families = {{.name = "default"}};
    BOOST_TEST(!database::open(o, quiet).has_value());
    BOOST_TEST(std::filesystem::exists(other.path() + "/tables/1.sst"));
}

// What came first is in no copy's place: rows that were synced to the log before tables were taken in stand in tables by then.
BOOST_AUTO_TEST_CASE(what_was_written_before_is_in_tables_too) {
    put(plain, "before", "one");
    BOOST_REQUIRE(db->write_tables(many(5000, "two")));
    const auto logs = [&] {
        std::uintmax_t bytes = 0;
        for (const auto& e : std::filesystem::directory_iterator(dir.path()))
            if (e.path().extension() == ".log") bytes += e.file_size();
        return bytes;
    };
    BOOST_TEST(logs() == 0u);
    open();
    BOOST_TEST(at(plain, "before") == "one");
}

// Small writes stand in the log and tables in the manifest: a copy has both up to one moment, whatever is written meanwhile.
BOOST_AUTO_TEST_CASE(a_copy_has_everything_up_to_one_moment) {
    constexpr int copies = 200;
    std::atomic<bool> enough{false};
    std::thread writer([&] {
        for (int i = 1; !enough; ++i) {
            write_batch b;
            const auto n = std::to_string(i);
            b.put(plain, "head", n);
            b.put(sorted, "step/" + n, "here");
            if (i % 2 == 0) {
                if (!db->write(b, true)) return;
                continue;
            }
            for (int k = 0; k < 200; ++k) b.put(filtered, n + "/" + std::to_string(k), "row");
            if (!db->write_tables(b)) return;
        }
    });
    const scratch kept;
    for (int i = 0; i < copies; ++i) BOOST_TEST(db->checkpoint(kept.path(std::to_string(i))).has_value());
    enough = true;
    writer.join();
    for (int i = 0; i < copies; ++i) {
        database_options o;
        o.path = kept.path(std::to_string(i));
        o.families = {{.name = "default"}, {.name = "sorted", .sorted_puts = true, .merged_at_once = 16},
            {.name = "filtered", .point_lookups = true, .sorted_puts = true}};
        auto copy = database::open(o, quiet);
        BOOST_REQUIRE(copy.has_value());
        const auto head = (*copy)->get(plain, "head").value();
        const int last = head ? std::stoi(*head) : 0;
        for (int step = 1; step <= last; ++step) BOOST_REQUIRE((*copy)->get(sorted, "step/" + std::to_string(step)).value().has_value());
    }
}

// A file-size limit stands in for a disk that is full in the middle of a table.
BOOST_AUTO_TEST_CASE(a_table_that_cannot_be_written_is_none_and_nothing_else_suffers) {
    put(sorted, "k/0", "before");
    rlimit was{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &was) == 0);
    const auto signal_was = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{4096, was.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const auto failed = db->write_tables(many(5000, std::string(40, 'x')));
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &was) == 0);
    std::signal(SIGXFSZ, signal_was);

    BOOST_REQUIRE(!failed);
    BOOST_TEST((failed.error().kind == errc::unavailable));
    BOOST_TEST(test::files_of(dir.path() + "/tables").empty());
    put(sorted, "k/after", "v");  // nothing has to be resumed
    for (int turn = 0; turn < 2; ++turn, open()) {
        BOOST_TEST(at(sorted, "k/0") == "before");
        BOOST_TEST(count(sorted) == 2u);
        BOOST_TEST(count(filtered) == 0u);
        BOOST_TEST(at(plain, "head") == "(absent)");
    }
    BOOST_TEST(db->write_tables(many(5000, "again")).has_value());
    BOOST_TEST(at(sorted, "k/0") == "again");
}

BOOST_AUTO_TEST_CASE(a_closed_database_takes_no_tables) {
    db->close();
    BOOST_TEST((db->write_tables(many(10, "v")).error().kind == errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
