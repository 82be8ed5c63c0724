// Which requests are traced, by the count; and how long to wait before a batch is sent again.
#include "tollgate/rules/trace_sampler.hpp"
#include "tollgate/rules/retry_pause.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace tollgate;
using namespace std::chrono_literals;

namespace {

constexpr timestamp noon{1'800'014'400'000'000};

int taken(trace_sampler& by, int requests, caller_trace said = caller_trace::none) {
    int n = 0;
    for (int i = 0; i < requests; ++i) n += by.take(said, noon) ? 1 : 0;
    return n;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_sampler_test)

BOOST_AUTO_TEST_CASE(a_share_of_those_without_a_callers_word) {
    for (const std::uint64_t seed : {0, 1, 77}) {
        trace_sampler none({0, {}}, seed), all({1, {}}, seed), some({0.01, {}}, seed), few({1e-12, {}}, seed);
        BOOST_TEST(taken(none, 100'000) == 0);
        BOOST_TEST(taken(all, 1'000) == 1'000);
        const auto n = taken(some, 1'000'000);
        BOOST_TEST((n > 9'500 && n < 10'500), n);  // five deviations
        BOOST_TEST(taken(few, 1'000'000) == 0);
    }
}

BOOST_AUTO_TEST_CASE(what_is_taken_has_no_rhythm) {
    trace_sampler some({0.5, {}}, 7);
    std::set<int> distances;
    for (int i = 0, last = 0; i < 1000; ++i) {
        if (!some.take(caller_trace::none, noon)) continue;
        distances.insert(i - last);
        last = i;
    }
    BOOST_TEST(distances.size() > 5u);
}

BOOST_AUTO_TEST_CASE(a_callers_word_counts_up_to_the_pace) {
    trace_sampler by({0, *make_pace("10/s", 10)}, 1);
    BOOST_TEST(taken(by, 100, caller_trace::not_sampled) == 0);
    BOOST_TEST(taken(by, 100, caller_trace::sampled) == 10);
    BOOST_TEST(by.take(caller_trace::sampled, noon + 100ms));
    BOOST_TEST(!by.take(caller_trace::sampled, noon + 100ms));
    trace_sampler all({1, *make_pace("10/s", 10)}, 1);
    BOOST_TEST(taken(all, 100) == 10);
}

BOOST_AUTO_TEST_CASE(ids_are_all_others) {
    trace_sampler by({1, {}}, 1);
    std::set<std::uint64_t> ids;
    for (int i = 0; i < 10'000; ++i) ids.insert(by.make_id());
    BOOST_TEST(ids.size() == 10'000u);
    BOOST_TEST(!ids.contains(0));
}

BOOST_AUTO_TEST_CASE(pauses_grow_and_end) {
    retry_pause by({.first = 1s, .longest = 10s, .tries = 7});
    const std::chrono::milliseconds want[] = {1s, 2s, 4s, 8s, 10s, 10s};
    for (const auto w : want) BOOST_TEST((by.next(std::nullopt, 0) == w));
    BOOST_TEST(!by.next(std::nullopt, 0).has_value());
    retry_pause at_random({.first = 1s, .longest = 10s, .tries = 100});
    for (std::uint64_t i = 0; i < 50; ++i) {
        const auto p = at_random.next(std::nullopt, i * 0x9e37'79b9'7f4a'7c15u).value();
        BOOST_TEST((p > 740ms && p <= 10s));
    }
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_is_kept_to_a_bound) {
    retry_pause by({.first = 1s, .longest = 10s, .tries = 10});
    BOOST_TEST((by.next(7s, 0) == 7s));
    BOOST_TEST((by.next(1s, 0) == 2s));
    BOOST_TEST((by.next(86'400s, 0) == 40s));
}

BOOST_AUTO_TEST_SUITE_END()
