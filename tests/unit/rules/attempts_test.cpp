#include "tollgate/rules/attempts.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(attempts_test)

namespace {

constexpr timestamp kStart{1'780'000'000'000'000};
constexpr attempt_rules kRules{3, std::chrono::seconds(8), std::chrono::seconds(100)};

digest key_of(std::uint32_t n) {
    digest d;
    for (std::size_t i = 0; i < 4; ++i) d.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
    return d;
}

std::int64_t seconds(std::chrono::microseconds wait) { return wait.count() / 1'000'000; }

}  // namespace

BOOST_AUTO_TEST_CASE(some_tries_are_free_then_each_waits_twice_as_long) {
    attempts tries(kRules, 100);
    auto now = kStart;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(tries.wait(key_of(1), now).count() == 0);
        tries.began(key_of(1), now);
    }
    for (const std::int64_t wait : {1, 2, 4, 8, 8, 8}) {
        BOOST_TEST(seconds(tries.wait(key_of(1), now)) == wait);
        BOOST_TEST(seconds(tries.wait(key_of(1), now + std::chrono::seconds(wait - 1))) == 1);
        now = now + std::chrono::seconds(wait);
        BOOST_TEST(tries.wait(key_of(1), now).count() == 0);
        tries.began(key_of(1), now);
    }
    BOOST_TEST(tries.wait(key_of(2), now).count() == 0, "another key is another matter");
    BOOST_TEST(tries.wait(key_of(1), now + std::chrono::seconds(100)).count() == 0, "forgotten");
    tries.began(key_of(1), now + std::chrono::seconds(100));
    BOOST_TEST(tries.wait(key_of(1), now + std::chrono::seconds(100)).count() == 0, "counted anew");
}

BOOST_AUTO_TEST_CASE(a_right_one_is_forgotten_or_taken_back) {
    attempts tries(kRules, 100);
    for (int i = 0; i < 3; ++i) tries.began(key_of(1), kStart);
    tries.take_back(key_of(1));
    BOOST_TEST(tries.wait(key_of(1), kStart).count() == 0);
    tries.began(key_of(1), kStart);
    BOOST_TEST(tries.wait(key_of(1), kStart).count() != 0, "the earlier ones still count");
    tries.forget(key_of(1));
    BOOST_TEST(tries.wait(key_of(1), kStart).count() == 0);
    BOOST_TEST(tries.size() == 0u);
    tries.forget(key_of(1));
    tries.take_back(key_of(1));
    BOOST_TEST(tries.size() == 0u);
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_and_the_quietest_goes_first) {
    attempts tries(kRules, 4);
    for (std::uint32_t i = 0; i < 3; ++i) tries.began(key_of(7), kStart);
    for (std::uint32_t i = 100; i < 10'000; ++i) {
        tries.began(key_of(i), kStart);
        BOOST_TEST_REQUIRE(tries.size() <= 4u);
        tries.began(key_of(7), kStart);  // not quiet
    }
    BOOST_TEST(tries.wait(key_of(7), kStart).count() != 0, "what goes on is remembered");
    BOOST_TEST(tries.wait(key_of(100), kStart).count() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
