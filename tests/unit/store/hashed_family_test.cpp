// database: families whose keys begin with random bytes, such as digests.
#include "rows.hpp"
#include "scratch.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;
using test::keys;
using test::put;
using test::scratch;
using test::text_of;

namespace {

null_log quiet;

std::unique_ptr<database> open(const scratch& dir, std::size_t hashed) {
    database_options o;
    o.path = dir.path();
    o.families = {{"default"}, {.name = "digests", .point_lookups = true, .compressed = false, .found = true, .hashed = hashed, .merged_at_once = 4}};
    return database::open(o, quiet).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hashed_family_test)

// Whether tables are hashed, or of a time when they were not: every key is found, and all of them stand in order.
BOOST_AUTO_TEST_CASE(a_family_that_is_hashed_is_searched_and_scanned_as_others_are) {
    const scratch dir;
    const auto key = [](int i) { return fmt::format("{:02x}{:04}", i * 7919 % 251, i); };
    constexpr int rows = 1000;
    for (const std::size_t hashed : {0u, 2u, 0u, 2u}) {
        const auto db = open(dir, hashed);
        static int first = 0;
        write_batch batch;
        for (int i = first; i < first + rows; ++i) batch.put(1, key(i), std::to_string(i));
        first += rows;
        BOOST_REQUIRE(db->write(batch, true));
        write_batch again;  // of one key several times, and of one that goes and comes back
        again.put(1, key(0), "gone");
        again.erase(1, key(1));
        again.put(1, key(0), "0");
        again.put(1, "ff0000", "gone");
        again.erase(1, "ff0000");
        BOOST_REQUIRE(db->write(again, true));
        BOOST_TEST(text_of(*db, 1, key(1)) == "(absent)");
        put(*db, 1, key(1), "1");
        for (int turn = 0; turn < 2; ++turn) {  // in memory, and in tables
            if (turn == 1) BOOST_REQUIRE(db->write_out(0));
            for (int i = 0; i < first; ++i) BOOST_TEST(text_of(*db, 1, key(i)) == std::to_string(i));
            BOOST_TEST(text_of(*db, 1, "ff0000") == "(absent)");
            BOOST_TEST(text_of(*db, 1, key(0) + "0") == "(absent)");
            std::vector<std::string> all;
            BOOST_REQUIRE(db->scan(1, "", "", [&](std::string_view k, std::string_view) { return all.emplace_back(k), true; }));
            BOOST_TEST(all.size() == static_cast<std::size_t>(first));
            BOOST_TEST(std::ranges::is_sorted(all));
            const auto middle = all[all.size() / 2];
            BOOST_TEST(keys(*db, 1, "", middle + "0", 1) == all[all.size() / 2 + 1] + " ");
            BOOST_TEST(keys(*db, 1, "", "1", 1) == *std::ranges::lower_bound(all, "1") + " ");  // shorter than what is hashed
            std::size_t back = 0;
            BOOST_REQUIRE(db->scan_back(1, "", [&](std::string_view k, std::string_view) { return k == all[all.size() - ++back]; }));
            BOOST_TEST(back == all.size());
        }
    }
}

// A bucket in memory becomes a skip list once it has some hundred rows. Who reads meanwhile finds what was there, and each in its order.
BOOST_AUTO_TEST_CASE(a_bucket_grows_beside_readers_and_comes_back_from_the_log) {
    const scratch dir;
    const auto db = open(dir, 2);
    constexpr int rows = 2000;
    const auto key = [](int i) { return fmt::format("aa{:06}", i * 7919 % 1'000'000); };
    std::atomic<int> written{0};
    std::atomic<bool> wrong{false};
    std::vector<std::thread> readers;
    for (int r = 0; r < 2; ++r)
        readers.emplace_back([&, r] {
            for (int seen = 0; seen < rows && !wrong;) {
                seen = written.load(std::memory_order_acquire);
                for (int i = 0; i < seen; i += 17) {
                    const auto found = db->get(1, key(i));
                    wrong = wrong || !found || !*found || **found != std::to_string(i);
                }
                if (r == 0) continue;
                int n = 0;
                std::string last;
                const auto scanned = db->scan(1, "aa", "", [&](std::string_view k, std::string_view) {
                    wrong = wrong || k <= last;
                    last = k;
                    return ++n, true;
                });
                wrong = wrong || !scanned || n < seen;
            }
        });
    for (int i = 0; i < rows; ++i) {
        write_batch batch;
        batch.put(1, key(i), std::to_string(i));
        if (i % 5 == 0) batch.put(1, fmt::format("{:02x}other", i % 251), "");
        BOOST_REQUIRE(db->write(batch, i == rows - 1));
        written.store(i + 1, std::memory_order_release);
    }
    for (auto& r : readers) r.join();
    BOOST_TEST(!wrong);
    db->close();
    BOOST_REQUIRE(db->reopen());
    for (int i = 0; i < rows; ++i) BOOST_TEST(text_of(*db, 1, key(i)) == std::to_string(i));
}

BOOST_AUTO_TEST_SUITE_END()
