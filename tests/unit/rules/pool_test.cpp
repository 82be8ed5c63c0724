// What is decided about servers: checks, ejections and their bound, the breaker; which server is next; the budget of retries.
#include "tollgate/rules/pool.hpp"
#include "tollgate/rules/retry_budget.hpp"
#include "tollgate/rules/server_pick.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <vector>

using namespace tollgate;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pool)

namespace {

monotonic at(std::chrono::milliseconds since) { return monotonic(1h) + since; }

struct watched {
    explicit watched(std::size_t n) : all(n) {}
    std::vector<std::size_t> out(monotonic now) const {
        std::vector<std::size_t> which;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i].ejected(now)) which.push_back(i);
        return which;
    }
    void look(std::map<std::size_t, seen_exchanges> seen, monotonic now) {
        std::vector<server_watch*> servers;
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i].observed(seen[i], by, now);
            servers.push_back(&all[i]);
        }
        decide_ejections(servers, by, now);
    }
    ejection_rules by;
    std::vector<server_watch> all;
};

using which = std::vector<std::size_t>;

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_check_decides_alone_and_then_as_many_as_are_demanded) {
    const health_rules by{.healthy_after = 2, .unhealthy_after = 3};
    struct row {
        const char* checks;  // + good, - bad
        bool healthy;
    };
    const row rows[] = {{"", true}, {"+", true}, {"-", false}, {"-+", false}, {"-++", true}, {"-+-+", false}, {"+--", true}, {"+---", false},
        {"+--+--", true}, {"+--+---", false}, {"+---+", false}, {"+---++", true}};
    for (const auto& r : rows) {
        server_watch w;
        for (const char c : std::string_view(r.checks)) w.checked(c == '+', by);
        BOOST_TEST(w.healthy() == r.healthy, r.checks);
    }
}

BOOST_AUTO_TEST_CASE(failures_in_a_row_eject_and_a_success_between_them_does_not) {
    watched w(3);
    for (int i = 0; i < 4; ++i) w.look({{1, {.failures = 1, .streak = 1}}}, at(100ms * i));
    BOOST_TEST(w.out(at(400ms)).empty());
    w.look({{1, {.successes = 1, .failures = 1, .streak = 1}}}, at(400ms));
    for (int i = 0; i < 3; ++i) w.look({{1, {.failures = 1, .streak = 2}}}, at(500ms));
    BOOST_TEST(w.out(at(600ms)).empty());
    w.look({{1, {.failures = 1, .streak = 5}}}, at(600ms));
    BOOST_TEST(w.out(at(600ms)) == which{1});
    BOOST_TEST(w.out(at(10599ms)) == which{1});
    BOOST_TEST(w.out(at(10600ms)).empty());
}

BOOST_AUTO_TEST_CASE(a_rate_of_failures_ejects_when_there_is_enough_to_tell) {
    watched w(2);
    w.look({{0, {.successes = 9, .failures = 10}}}, at(0ms));
    BOOST_TEST(w.out(at(0ms)).empty());  // 19 of them say nothing yet
    w.look({{0, {.successes = 1}}}, at(1ms));
    BOOST_TEST(w.out(at(1ms)) == which{0});
    BOOST_TEST(w.all[0].ejections() == 1u);
    watched slow(2);  // the same, over two windows
    slow.look({{0, {.successes = 5, .failures = 5}}}, at(0ms));
    slow.look({{0, {.successes = 5, .failures = 5}}}, at(10'001ms));
    BOOST_TEST(slow.out(at(10'001ms)).empty());
}

BOOST_AUTO_TEST_CASE(never_more_than_the_share_is_out) {
    const std::map<std::size_t, seen_exchanges> all_fail{
        {0, {.failures = 9, .streak = 9}}, {1, {.failures = 9, .streak = 9}}, {2, {.failures = 9, .streak = 9}}, {3, {.failures = 9, .streak = 9}}};
    struct row {
        std::size_t servers;
        unsigned share;
        std::size_t out;
    };
    const row rows[] = {{1, 50, 0}, {2, 50, 1}, {3, 50, 1}, {4, 50, 2}, {4, 25, 1}, {4, 24, 0}, {4, 0, 0}, {4, 100, 4}, {1, 100, 1}};
    for (const auto& r : rows) {
        watched w(r.servers);
        w.by.share_percent = r.share;
        w.look(all_fail, at(0ms));
        w.look(all_fail, at(200ms));
        BOOST_TEST(w.out(at(200ms)).size() == r.out, r.servers << " servers, " << r.share << " %");
    }
    watched w(4);  // those that checks took out count
    w.all[3].checked(false, {});
    w.look(all_fail, at(0ms));
    BOOST_TEST(w.out(at(0ms)) == which{0});
}

BOOST_AUTO_TEST_CASE(an_ejection_grows_with_how_often_up_to_its_bound_and_shrinks_again) {
    watched w(2);
    w.by.longest = 25s;
    auto now = at(0ms);
    for (const auto out_for : {10s, 20s, 25s, 25s}) {
        w.look({{0, {.failures = 5, .streak = 5}}}, now);
        BOOST_TEST(w.all[0].ejected(now + out_for - 1ms), out_for.count());
        BOOST_TEST(!w.all[0].ejected(now + out_for), out_for.count());
        w.look({{0, {.failures = 5, .streak = 5}}}, now + 1ms);  // what it had been asked before
        BOOST_TEST(!w.all[0].ejected(now + out_for));
        now += out_for;
    }
    for (int i = 0; i < 6; ++i) w.look({{0, {.successes = 3}}}, now += 11s);  // windows without a failure
    w.look({{0, {.failures = 5, .streak = 5}}}, now += 1s);
    BOOST_TEST(!w.all[0].ejected(now + 10s));
}

BOOST_AUTO_TEST_CASE(a_breaker_opens_tries_and_closes) {
    using state = pool_breaker::state;
    const breaker_rules by{.rate_percent = 50, .least_requests = 10};
    pool_breaker b;
    BOOST_TEST((b.observed({.successes = 4, .failures = 5}, by, at(0ms)) == state::closed));
    BOOST_TEST((b.observed({.failures = 1}, by, at(100ms)) == state::open));
    BOOST_TEST((b.observed({.successes = 50}, by, at(5'099ms)) == state::open));  // answers to what was asked before
    BOOST_TEST((b.observed({}, by, at(5'100ms)) == state::half_open));
    BOOST_TEST(b.fresh_probes());
    BOOST_TEST((b.observed({.successes = 2}, by, at(5'200ms)) == state::half_open));
    BOOST_TEST(!b.fresh_probes());
    BOOST_TEST((b.observed({.failures = 1}, by, at(5'300ms)) == state::open));
    BOOST_TEST((b.observed({}, by, at(10'300ms)) == state::half_open));
    BOOST_TEST((b.observed({}, by, at(15'300ms)) == state::half_open));  // nobody came: others may try
    BOOST_TEST(b.fresh_probes());
    BOOST_TEST((b.observed({.successes = 3}, by, at(15'400ms)) == state::closed));
    BOOST_TEST((b.observed({.failures = 9}, by, at(15'500ms)) == state::closed));
    BOOST_TEST((b.observed({.failures = 9}, {}, at(15'600ms)) == state::closed));  // there is none
}

BOOST_AUTO_TEST_CASE(servers_are_drawn_by_weight_and_the_busier_of_two_is_spared) {
    std::uint64_t seed = 88172645463325252ull;
    const auto random = [&] {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        return seed ^= seed << 17;
    };
    const auto any = [](std::size_t) { return true; };
    const auto idle = [](std::size_t) { return 0u; };
    server_pick p;
    p.set(std::vector<std::uint32_t>{3, 1, 0});
    std::array<int, 3> got{};
    for (int i = 0; i < 40'000; ++i) ++got[p.next(random(), idle, any)];
    BOOST_TEST((got[0] > 29'000 && got[0] < 31'000 && got[2] == 0), got[0] << ", " << got[1] << ", " << got[2]);

    p.set(std::vector<std::uint32_t>{1, 1, 1, 1});
    std::array<std::uint32_t, 4> active{9, 0, 0, 0};
    for (int i = 0; i < 400; ++i) ++active[p.next(random(), [&](std::size_t s) { return active[s]; }, any)];
    BOOST_TEST((*std::ranges::max_element(active) - *std::ranges::min_element(active) <= 5u));
    for (int i = 0; i < 1000; ++i) BOOST_TEST(p.next(random(), idle, [](std::size_t s) { return s == 2; }) == 2u);
    BOOST_TEST(p.next(random(), idle, [](std::size_t) { return false; }) == server_pick::none);
    p.set(std::vector<std::uint32_t>{0, 0});
    BOOST_TEST(p.next(random(), idle, any) == server_pick::none);
    p.set({});
    BOOST_TEST(p.next(random(), idle, any) == server_pick::none);
    p.set(std::vector<std::uint32_t>{5});
    BOOST_TEST(p.next(random(), idle, any) == 0u);
}

BOOST_AUTO_TEST_CASE(retries_are_a_share_of_requests) {
    const auto taken = [](retry_budget& b) {
        int n = 0;
        while (b.take()) ++n;
        return n;
    };
    retry_budget b(20);
    BOOST_TEST(taken(b) == 10);
    for (int i = 0; i < 100; ++i) b.request();
    BOOST_TEST(taken(b) == 20);
    for (int i = 0; i < 100'000; ++i) b.request();
    BOOST_TEST(taken(b) == 100);  // a quiet day is no reason for a storm
    retry_budget none(0);
    for (int i = 0; i < 100; ++i) none.request();
    BOOST_TEST(taken(none) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
