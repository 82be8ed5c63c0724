// The arithmetic of rates: what may come at once, how it is paid back, and clocks that move.
#include "tollgate/rules/pace.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tollgate {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr timestamp kStart{1'800'000'000 * kSecond};

timestamp after(std::int64_t us) { return {kStart.us + us}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(pace_test)

BOOST_AUTO_TEST_CASE(rates_are_read_or_refused_in_words) {
    const struct {
        const char* sustained;
        std::int64_t burst, interval_us;  // 0: refused
    } rows[] = {
        {"60/min", 100, kSecond},
        {"1/s", 1, kSecond},
        {"3/h", 1, 1200 * kSecond},
        {"1/d", 5, 86'400 * kSecond},
        {"7/min", 1, 8'571'428},
        {"1000000/s", 1'000'000, 1},
        {"1000001/s", 1, 0},
        {"0/min", 1, 0},
        {"-1/min", 1, 0},
        {"60", 1, 0},
        {"/min", 1, 0},
        {"60/", 1, 0},
        {"60/minute", 1, 0},
        {"60 /min", 1, 0},
        {"6e1/min", 1, 0},
        {"99999999999999999999/s", 1, 0},
        {"60/min", 0, 0},
        {"60/min", -1, 0},
        {"1/d", 365, 86'400 * kSecond},
        {"1/d", 366, 0},
    };
    for (const auto& r : rows) {
        const auto made = make_pace(r.sustained, r.burst);
        BOOST_TEST(made.has_value() == (r.interval_us != 0), r.sustained << " burst " << r.burst);
        if (made) BOOST_TEST((*made == pace{r.interval_us, static_cast<std::uint32_t>(r.burst)}), r.sustained);
        else BOOST_TEST(!made.error().what.empty());
    }
}

BOOST_AUTO_TEST_CASE(step_by_step) {
    const pace one_a_second{kSecond, 3};
    const struct {
        std::int64_t at;  // after the start
        bool within;
        std::uint32_t remaining;
        std::int64_t full_at;
        std::uint32_t retry_after_s;
    } rows[] = {
        {0, true, 2, kSecond, 0},
        {0, true, 1, 2 * kSecond, 0},
        {0, true, 0, 3 * kSecond, 0},
        {0, false, 0, 3 * kSecond, 1},
        {kSecond - 1, false, 0, 3 * kSecond, 1},
        {kSecond, true, 0, 4 * kSecond, 0},
        {kSecond, false, 0, 4 * kSecond, 1},
        {5 * kSecond, true, 2, 6 * kSecond, 0},
        {100 * kSecond, true, 2, 101 * kSecond, 0},
        {100 * kSecond + 1, true, 1, 102 * kSecond, 0},
        {100 * kSecond, true, 0, 103 * kSecond, 0},
        {99 * kSecond, false, 0, 103 * kSecond, 2},
    };
    timestamp cell{0};
    for (const auto& r : rows) {
        const auto before = cell;
        const auto step = take_one(one_a_second, cell, after(r.at));
        cell = step.cell;
        BOOST_TEST_CONTEXT("at " << r.at) {
            BOOST_TEST(step.within == r.within);
            BOOST_TEST(step.remaining == r.remaining);
            BOOST_TEST(step.full_at.us == kStart.us + r.full_at);
            BOOST_TEST(step.retry_after_s == r.retry_after_s);
            if (!r.within) BOOST_TEST(cell.us == before.us, "a refusal takes nothing");
        }
    }
}

// Whatever the pattern of arrivals: never more than the burst and what the time has paid back.
BOOST_AUTO_TEST_CASE(never_more_than_burst_and_time) {
    const pace allowed{250'000, 7};
    std::uint64_t seed = 1;
    timestamp cell{0};
    std::int64_t now = 0, taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        seed = seed * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
        now += static_cast<std::int64_t>(seed >> 33) % (seed >> 60 == 0 ? 5'000'000 : 300'000);
        const auto step = take_one(allowed, cell, after(now));
        cell = step.cell;
        taken += step.within ? 1 : 0;
        if (taken > 7 + now / 250'000) BOOST_FAIL("too many after " << now << " us: " << taken);
    }
    BOOST_TEST(taken > 7);
}

// T-8: a clock that was set forward, served some, and was set back must not lock anybody out for that long.
BOOST_AUTO_TEST_CASE(a_cell_from_a_clock_that_was_wrong_counts_as_a_spent_burst) {
    const pace allowed{kSecond, 10};
    timestamp cell = take_one(allowed, {0}, after(86'400 * 365 * kSecond)).cell;
    auto step = take_one(allowed, cell, kStart);
    BOOST_TEST(!step.within);
    BOOST_TEST(step.retry_after_s == 1u);
    BOOST_TEST(step.cell.us == after(10 * kSecond).us);
    step = take_one(allowed, step.cell, after(kSecond));
    BOOST_TEST(step.within);
    // Two threads' clocks may differ a little: that is no such thing.
    cell = after(10 * kSecond + 200 * kSecond);
    BOOST_TEST(take_one(allowed, cell, kStart).cell.us == cell.us);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
