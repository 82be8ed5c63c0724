// Cells of rates under threads, and when there are more owners than cells.
#include "tollgate/gateway/rate_table.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace tollgate {
namespace {

constexpr timestamp kNow{1'800'000'000'000'000};
constexpr std::int64_t kSecond = 1'000'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_table_test)

BOOST_AUTO_TEST_CASE(each_owner_has_a_cell_of_its_own) {
    rate_table table(1024);
    const pace allowed{kSecond, 3};
    for (std::uint64_t owner = 1; owner <= 20; ++owner) {
        for (int i = 0; i < 3; ++i) BOOST_TEST(table.take({owner, 0}, allowed, kNow).within);
        BOOST_TEST(!table.take({owner, 0}, allowed, kNow).within);
        for (int i = 0; i < 3; ++i) BOOST_TEST(table.take({0, owner}, allowed, kNow).within, "the other word");
        BOOST_TEST(!table.take({0, owner}, allowed, kNow).within);
    }
    const auto later = table.take({1, 0}, allowed, kNow + std::chrono::seconds(1));
    BOOST_TEST(later.within);
    BOOST_TEST(later.remaining == 0u);
}

// Of many threads that take from few cells in a table that is too small for strangers to leave them alone, each cell gives exactly
// its burst: cells that change hands in between are those of strangers, who are paid back at once.
BOOST_AUTO_TEST_CASE(exact_across_threads) {
    constexpr std::size_t threads = 4, owners = 3;
    constexpr std::uint32_t burst = 5'000;
    constexpr int rounds = 12'000;
    rate_table table(8);  // one bucket
    const pace allowed{3600 * kSecond, burst}, strangers{1, 1};
    std::vector<std::atomic<std::uint32_t>> taken(owners);
    std::atomic<bool> go{false};
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t)
        running.emplace_back([&, t] {
            while (!go) std::this_thread::yield();
            for (int i = 0; i < rounds; ++i) {
                const auto owner = static_cast<std::size_t>(i) % owners;
                if (table.take({owner + 1, 7}, allowed, kNow).within) ++taken[owner];
                (void)table.take({1000 + t, static_cast<std::uint64_t>(i)}, strangers, {kNow.us - 10 * kSecond});
            }
        });
    go = true;
    for (auto& t : running) t.join();
    for (const auto& n : taken) BOOST_TEST(n == burst);
}

BOOST_AUTO_TEST_CASE(more_owners_than_cells_forget_the_one_that_is_nearest_to_being_paid_back) {
    rate_table table(8);
    const pace allowed{kSecond, 10};
    for (std::uint64_t owner = 1; owner <= 8; ++owner)
        for (std::uint64_t i = 0; i < owner; ++i) (void)table.take({owner, 0}, allowed, kNow);
    BOOST_TEST(table.take({9, 0}, allowed, kNow).within);
    BOOST_TEST(table.take({8, 0}, allowed, kNow).remaining == 1u, "the one who owes most is remembered");
    BOOST_TEST(table.take({1, 0}, allowed, kNow).remaining == 9u, "the one who owed least begins anew");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
