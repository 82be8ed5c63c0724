#include "tollgate/control/code_book.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/crypto/os_random.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;

namespace {

struct fixture {
    manual_clock time{timestamp{1'780'000'000'000'000}};
    os_random random;
    code_book book{time, random};
    std::string issue(std::string user = "usr_1") {
        code_grant g;
        g.user = std::move(user);
        return std::string(book.issue(std::move(g)).reveal());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(code_book_test, fixture)

BOOST_AUTO_TEST_CASE(a_code_works_once_and_is_known_afterwards) {
    const auto code = issue();
    BOOST_TEST(code.size() == 43u);
    BOOST_TEST(!book.redeem(code + "x").grant);
    const auto first = book.redeem(code);
    BOOST_REQUIRE(first.grant.has_value());
    BOOST_TEST(first.grant->user == "usr_1");
    BOOST_TEST(!book.redeem(code).grant);
    BOOST_TEST(book.redeem(code).authorization.empty());
    book.noted(code, "aut_1");
    BOOST_TEST(book.redeem(code).authorization == "aut_1", "so that what it led to can be ended");
    time.advance(bounds::code_time);
    BOOST_TEST(book.redeem(code).authorization == "aut_1");
}

BOOST_AUTO_TEST_CASE(a_code_ends_after_a_minute) {
    const auto late = issue(), in_time = issue();
    time.advance(bounds::code_time - std::chrono::microseconds(1));
    BOOST_TEST(book.redeem(in_time).grant.has_value());
    time.advance(std::chrono::microseconds(1));
    BOOST_TEST(!book.redeem(late).grant);
}

BOOST_AUTO_TEST_CASE(memory_is_bounded) {
    const auto first = issue();
    for (std::size_t i = 1; i < bounds::codes; ++i) issue();
    BOOST_TEST(book.size() == bounds::codes);
    issue();
    BOOST_TEST(book.size() == bounds::codes);
    BOOST_TEST(!book.redeem(first).grant, "the oldest goes");
    time.advance(bounds::code_time * 11);
    issue();
    BOOST_TEST(book.size() == 1u, "what is long over makes room");
}

BOOST_AUTO_TEST_CASE(of_many_at_once_one_wins) {
    for (int round = 0; round < 50; ++round) {
        const auto code = issue();
        std::atomic<int> won{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                if (book.redeem(code).grant) ++won;
            });
        for (auto& t : threads) t.join();
        BOOST_TEST(won == 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
