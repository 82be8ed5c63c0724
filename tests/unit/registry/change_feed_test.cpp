#include "tollgate/registry/change_feed.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <set>
#include <thread>

using namespace tollgate;

namespace {

digest key_of(std::uint64_t n) {
    digest d;
    for (std::size_t i = 0; i < 4; ++i) std::memcpy(d.bytes.data() + 8 * i, &n, sizeof n);
    return d;
}
std::uint64_t number_of(const digest& d) {
    std::uint64_t n;
    std::memcpy(&n, d.bytes.data(), sizeof n);
    return n;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(change_feed_test)

BOOST_AUTO_TEST_CASE(each_thread_gets_every_key_once_and_the_epoch_moves) {
    change_feed feed(3);
    const auto before = feed.epoch();
    const digest keys[] = {key_of(1), key_of(2)};
    feed.publish(keys);
    BOOST_TEST(feed.epoch() != before);
    for (std::size_t t = 0; t < feed.threads(); ++t) {
        std::string got;
        BOOST_TEST(feed.ring(t).drain([&](const digest& d) { got += std::to_string(number_of(d)); }));
        BOOST_TEST(got == "12");
        BOOST_TEST(feed.ring(t).drain([&](const digest&) { got += "again"; }));
        BOOST_TEST(got == "12");
    }
}

BOOST_AUTO_TEST_CASE(a_full_ring_says_so_once_and_works_again) {
    change_feed feed(1);
    for (std::uint64_t i = 0; i < bounds::ring_slots; ++i) feed.ring(0).push(key_of(i));
    std::size_t n = 0;
    BOOST_TEST(feed.ring(0).drain([&](const digest&) { ++n; }));  // exactly full is not too full
    BOOST_TEST(n == bounds::ring_slots);
    for (std::uint64_t i = 0; i <= bounds::ring_slots; ++i) feed.ring(0).push(key_of(i));
    BOOST_TEST(!feed.ring(0).drain([](const digest&) {}));
    n = 0;
    feed.ring(0).push(key_of(7));
    BOOST_TEST(feed.ring(0).drain([&](const digest& d) { n += number_of(d) == 7 ? 1 : 100; }));
    BOOST_TEST(n == 1u);
}

BOOST_AUTO_TEST_CASE(everything_is_an_overrun_of_every_ring) {
    change_feed feed(2);
    const auto before = feed.epoch();
    feed.publish_everything();
    BOOST_TEST(feed.epoch() != before);
    for (std::size_t t = 0; t < 2; ++t) BOOST_TEST(!feed.ring(t).drain([](const digest&) {}));
}

// A slow reader beside a fast committer: whatever was published before the epoch that the reader has seen is drained, or
// the reader was told to forget everything. Torn keys would show as unequal words.
BOOST_AUTO_TEST_CASE(nothing_is_lost_between_two_threads) {
    constexpr std::uint64_t most = 200'000;
    change_feed feed(1);
    std::thread committer([&] {
        for (std::uint64_t i = 1; i <= most; ++i) {
            const digest key[] = {key_of(i)};
            feed.publish(key);
        }
    });
    std::uint64_t last = 0, gaps_unannounced = 0, torn = 0, overruns = 0, seen = 1;
    while (seen <= most) {
        const auto epoch = feed.epoch();  // 1 + the number of keys published
        if (epoch == seen) continue;
        seen = epoch;
        bool gap = false;
        const bool whole = feed.ring(0).drain([&](const digest& d) {
            const auto n = number_of(d);
            torn += d == key_of(n) ? 0 : 1;
            gap = gap || n != last + 1;
            last = n;
        });
        if (!whole) ++overruns;
        // A gap in the numbers, or an end before what the epoch promised, must have been announced by now.
        if (whole && gap && overruns == 0) ++gaps_unannounced;
        if (whole && last + 1 < epoch && overruns == 0) ++gaps_unannounced;
    }
    committer.join();
    BOOST_TEST(torn == 0u);
    BOOST_TEST(gaps_unannounced == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
