// T-8 step by step: what the system's clock says each time, and what time it is taken to be.
#include "tollgate/rules/time_mark.hpp"

#include <boost/test/unit_test.hpp>

namespace tollgate {

using namespace std::chrono_literals;

namespace {

using event = time_mark::event;

const timestamp start{1'788'000'000'000'000};

// Two hands: the system's clock can be set, the monotonic one only goes on.
struct hands {
    time_reading now{start, monotonic(1000s)};
    time_mark mark{std::nullopt, now};

    hands() { BOOST_TEST((mark.tick(now) == event::none)); }
    event after(std::chrono::microseconds passed, std::chrono::microseconds set = 0s) {
        now.system = now.system + passed + set;
        now.ticks += passed;
        return mark.tick(now);
    }
    // Both since the start.
    [[nodiscard]] std::chrono::microseconds time() const { return mark.now(now.ticks) - start; }
    [[nodiscard]] std::chrono::microseconds settled() const { return mark.settled(now.ticks) - start; }
};

void check(const hands& h, std::chrono::microseconds time, std::chrono::microseconds settled) {
    BOOST_TEST(h.time().count() == time.count());
    BOOST_TEST(h.settled().count() == settled.count());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(time_mark_test)

BOOST_AUTO_TEST_CASE(goes_with_the_system_and_between_two_ticks_with_the_monotonic_clock) {
    hands h;
    BOOST_TEST((h.after(1s) == event::none));
    check(h, 1s, 1s);
    h.now.ticks += 400ms;
    check(h, 1400ms, 1400ms);
    BOOST_TEST((h.after(1s, 4min) == event::none));  // small steps are followed at once
    check(h, 5min + 1s + 1s - 60s, 5min + 1s + 1s - 60s);
}

BOOST_AUTO_TEST_CASE(set_back_it_goes_on_from_where_it_was) {
    hands h;
    BOOST_TEST((h.after(60s, -4s) == event::none));  // no reason for an alarm
    check(h, 60s, 60s);
    BOOST_TEST((h.after(60s, -24h) == event::set_back));
    check(h, 2min, 2min);
    BOOST_TEST((h.after(1h) == event::none));
    check(h, 1h + 2min, 1h + 2min);
    BOOST_TEST((h.mark.ahead() == 24h + 4s));
    BOOST_TEST((h.after(1s, 24h + 4s) == event::caught_up));
    check(h, 1h + 2min + 1s, 1h + 2min + 1s);
    BOOST_TEST((h.mark.ahead() == 0s));
    BOOST_TEST((h.after(1s, -1h) == event::set_back));  // and is said again
}

BOOST_AUTO_TEST_CASE(a_large_step_forward_is_obeyed_and_settles_when_it_has_stood) {
    hands h;
    BOOST_TEST((h.after(1s, 48h) == event::stepped_forward));
    check(h, 48h + 1s, 1s);
    BOOST_TEST((h.after(9min) == event::none));
    check(h, 48h + 9min + 1s, 9min + 1s);
    BOOST_TEST((h.after(59s) == event::none));
    BOOST_TEST((h.after(1s) == event::settled));
    check(h, 48h + 10min + 1s, 48h + 10min + 1s);
    BOOST_TEST((h.mark.unsettled() == 0s));
    BOOST_TEST((h.after(1s, -48h) == event::set_back));  // too late to take it back
    check(h, 48h + 10min + 2s, 48h + 10min + 2s);
}

BOOST_AUTO_TEST_CASE(a_step_that_is_taken_back_in_time_has_never_been) {
    hands h;
    BOOST_TEST((h.after(1s, 8760h) == event::stepped_forward));
    BOOST_TEST((h.after(9min) == event::none));
    BOOST_TEST((h.after(1s, -8760h) == event::withdrawn));
    check(h, 9min + 2s, 9min + 2s);
    BOOST_TEST((h.after(20min) == event::none));
    check(h, 29min + 2s, 29min + 2s);
}

BOOST_AUTO_TEST_CASE(another_step_begins_its_ten_minutes_anew) {
    hands h;
    BOOST_TEST((h.after(1s, 48h) == event::stepped_forward));
    BOOST_TEST((h.after(9min, 24h) == event::stepped_forward));
    BOOST_TEST((h.after(9min) == event::none));
    BOOST_TEST(h.settled().count() == std::chrono::microseconds(18min + 1s).count());
    BOOST_TEST((h.after(1min) == event::settled));
}

BOOST_AUTO_TEST_CASE(a_step_forward_that_becomes_one_back_is_said) {
    hands h;
    BOOST_TEST((h.after(1s, 48h) == event::stepped_forward));
    BOOST_TEST((h.after(1s, -72h) == event::set_back));
    check(h, 2s, 2s);
}

BOOST_AUTO_TEST_CASE(the_mark_of_whoever_ran_before_counts) {
    const time_reading first{start, monotonic(5s)};
    time_mark later(start + 2h, first);
    BOOST_TEST((later.tick(first) == event::set_back));
    BOOST_TEST((later.now(first.ticks) == start + 2h));
    time_mark earlier(start + -2h, first);
    BOOST_TEST((earlier.tick(first) == event::stepped_forward));
    BOOST_TEST((earlier.now(first.ticks) == start));
    BOOST_TEST((earlier.settled(first.ticks) == start + -2h));
}

BOOST_AUTO_TEST_CASE(an_operator_sets_it_right) {
    hands h;
    h.after(1s, 48h);
    h.after(10min);
    h.after(1s, -48h);
    h.mark.accept(h.now);
    check(h, 10min + 2s, 10min + 2s);
    BOOST_TEST((h.mark.ahead() == 0s));
    BOOST_TEST((h.after(1s) == event::none));
    h.after(1s, 48h);
    h.mark.accept(h.now);  // and need not wait for ten minutes
    check(h, 48h + 10min + 4s, 48h + 10min + 4s);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
