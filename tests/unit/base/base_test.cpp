#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/base/secret.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <set>
#include <string>
#include <type_traits>

using namespace tollgate;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(base)

BOOST_AUTO_TEST_CASE(secrets_move_and_leave_nothing) {
    static_assert(!std::is_copy_constructible_v<secret> && !std::is_copy_assignable_v<secret> && !std::equality_comparable<secret>);
    for (const std::string text : {"short", "long enough to live on the heap and not inside the string itself"}) {
        secret a(text);
        secret b(std::move(a));
        BOOST_TEST(a.empty());
        BOOST_TEST(b.reveal() == text);
        secret c("another");
        c = std::move(b);
        BOOST_TEST(b.empty());
        BOOST_TEST(c.reveal() == text);
        auto& same = c;
        c = std::move(same);
        BOOST_TEST(c.reveal() == text);
    }
}

BOOST_AUTO_TEST_CASE(moved_from_memory_is_wiped) {
    secret a("0123456789");
    const char* const place = a.reveal().data();  // inside `a`, whose storage lives on
    const secret b(std::move(a));
    BOOST_TEST(std::string(place, 10) == std::string(10, '\0'));
    BOOST_TEST(b.reveal() == "0123456789");
}

BOOST_AUTO_TEST_CASE(wiping) {
    std::array<char, 8> bytes{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'};
    wipe(bytes.data() + 1, 6);
    BOOST_TEST((bytes == std::array<char, 8>{'a', 0, 0, 0, 0, 0, 0, 'h'}));
    wipe(nullptr, 0);
}

BOOST_AUTO_TEST_CASE(manual_clocks_move_when_told) {
    manual_clock clock({1'000'000});
    const auto before = clock.ticks();
    BOOST_TEST(clock.now().us == 1'000'000);
    clock.advance(5s);
    BOOST_TEST(clock.now().us == 6'000'000);
    BOOST_TEST((clock.ticks() - before == 5s));
    clock.set({7});
    BOOST_TEST(clock.now().us == 7);
}

BOOST_AUTO_TEST_CASE(system_clocks_count_microseconds_since_1970) {
    const system_clock clock;
    BOOST_TEST(clock.now().us > 1'700'000'000'000'000);  // the end of 2023: any other unit is out by a thousand
    BOOST_TEST(clock.now().us < 10'000'000'000'000'000);
    const auto first = clock.ticks();
    BOOST_TEST((clock.ticks() >= first));
}

BOOST_AUTO_TEST_CASE(timestamps) {
    BOOST_TEST(!timestamp{}.is_set());
    BOOST_TEST((timestamp{1} + 2us == timestamp{3}));
    BOOST_TEST((timestamp{1} < timestamp{2}));
}

BOOST_AUTO_TEST_CASE(kinds_of_failure) {
    std::set<std::string_view> names;
    std::set<std::string_view> retryable;
    for (const auto kind : {errc::invalid, errc::not_found, errc::exists, errc::conflict, errc::refused, errc::full, errc::unavailable, errc::corrupt,
             errc::unknown_outcome, errc::io}) {
        names.insert(to_string(kind));
        if (failure{kind, ""}.retryable()) retryable.insert(to_string(kind));
    }
    BOOST_TEST(names.size() == 10u);
    BOOST_TEST((retryable == std::set<std::string_view>{"conflict", "full", "unavailable"}));
}

BOOST_AUTO_TEST_CASE(results_hold_one_or_the_other) {
    const result<int> good = 5, bad = failure{errc::exists, "there is one"};
    BOOST_TEST((good.has_value() && *good == 5));
    BOOST_TEST((bad.has_error() && bad.error().kind == errc::exists));
    BOOST_CHECK_EXCEPTION(static_cast<void>(bad.value()), std::runtime_error, [](const auto& e) { return std::string(e.what()) == "there is one"; });
}

BOOST_AUTO_TEST_CASE(severities) {
    BOOST_TEST(to_string(severity::debug) == "debug");
    BOOST_TEST(to_string(severity::info) == "info");
    BOOST_TEST(to_string(severity::warning) == "warning");
    BOOST_TEST(to_string(severity::error) == "error");
}

BOOST_AUTO_TEST_CASE(sinks_are_told_the_severity) {
    struct remembering final : log_sink {
        std::string lines;
        void write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept override {
            lines += std::string(to_string(level)) + " " + std::string(message);
            for (const auto& [name, value] : fields) lines += " " + std::string(name) + "=" + std::string(value);
            lines += "\n";
        }
    } log;
    log.info("started", {{"port", "80"}});
    log.warn("slow");
    log.error("gone", {{"a", "b"}, {"c", "d"}});
    BOOST_TEST(log.lines == "info started port=80\nwarning slow\nerror gone a=b c=d\n");
}

BOOST_AUTO_TEST_SUITE_END()
