#include "store/ordered_ops.hpp"
#include "scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tollgate {

using test::scratch;

namespace {

database_options two_families(std::string path) {
    database_options o;
    o.path = std::move(path);
    o.families = {{.name = "default"}, {.name = "sorted", .sorted_puts = true}};
    return o;
}

std::string key_of(std::size_t i) { return std::to_string(i * 7919 % 10'007) + "/key"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(ordered_ops)

// A large batch says the same as its operations one by one: the last word on a key counts, in whatever order the keys came.
BOOST_AUTO_TEST_CASE(a_large_batch_means_what_it_says) {
    scratch dir;
    null_log log;
    const auto db = database::open(two_families(dir.path()), log).value();
    write_batch batch;
    constexpr std::size_t rows = 2000;
    for (std::size_t i = 0; i < rows; ++i) batch.put(1, key_of(i), "first");
    for (std::size_t i = 0; i < rows; i += 2) batch.erase(1, key_of(i));
    for (std::size_t i = 0; i < rows; i += 4) batch.put(1, key_of(i), "again");
    for (std::size_t i = 0; i < rows; i += 8) batch.put(0, key_of(i), "elsewhere");
    BOOST_REQUIRE(db->write(batch, false));
    std::size_t wrong = 0, seen = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        const auto found = db->get(1, key_of(i)).value();
        const auto want = i % 4 == 0 ? std::optional<std::string>("again") : i % 2 == 0 ? std::nullopt : std::optional<std::string>("first");
        wrong += found == want ? 0 : 1;
        wrong += db->get(0, key_of(i)).value().has_value() == (i % 8 == 0) ? 0 : 1;
    }
    BOOST_TEST(wrong == 0u);
    BOOST_REQUIRE(db->scan(1, {}, {}, [&](std::string_view, std::string_view) { return ++seen < 10 * rows; }));
    BOOST_TEST(seen == rows * 3 / 4);
}

// Regression: RocksDB 7.8 took the hint of a family's rows for its ranges, and aborted.
BOOST_AUTO_TEST_CASE(a_range_stands_among_the_operations_where_it_was_put) {
    scratch dir;
    null_log log;
    const auto db = database::open(two_families(dir.path()), log).value();
    for (int round = 0; round < 20; ++round) {
        write_batch batch;
        for (std::size_t i = 0; i < 1000; ++i) batch.put(0, key_of(i), "before");
        batch.erase_range(0, "0", "9999999");
        batch.put(0, "5", "behind");
        for (std::size_t i = 0; i < 1000; ++i) batch.put(1, key_of(i), "kept");
        BOOST_REQUIRE(db->write(batch, false));
        std::vector<std::string> left;
        BOOST_REQUIRE(db->scan(0, {}, {}, [&](std::string_view key, std::string_view) {
            left.emplace_back(key);
            return true;
        }));
        BOOST_TEST(left == std::vector<std::string>{"5"}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
