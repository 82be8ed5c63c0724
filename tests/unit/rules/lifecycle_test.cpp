// The life of a token: every state with every command, and what each does to the record.
#include "tollgate/rules/lifecycle.hpp"

#include "tollgate/base/bounds.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tollgate {
namespace {

constexpr timestamp noon{1'780'000'000'000'000};
constexpr std::chrono::hours day{24};

std::string outcome(life state, life_command command) {
    const auto to = live_on(state, command);
    return std::string(to ? to_string(*to) : to_string(to.error().kind));
}

token fresh() {
    token t;
    t.generations.push_back({1, "d1", "h1", noon, std::nullopt});
    return t;
}

token_generation secret_of(timestamp at) { return {0, "d" + std::to_string(at.us), "h", at, std::nullopt}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle)

BOOST_AUTO_TEST_CASE(every_state_answers_every_command) {
    struct row {
        life_command command;
        std::vector<std::string> to;  // from none, active, disabled, expired, revoked
    };
    const std::string gone = "not_found", there = "exists", over = "wrong_state";
    const row rows[] = {
        {life_command::create, {"active", there, there, there, there}},
        {life_command::rename, {gone, "active", "disabled", "expired", over}},
        {life_command::change_scopes, {gone, "active", "disabled", over, over}},
        {life_command::change_addresses, {gone, "active", "disabled", over, over}},
        {life_command::change_expiry, {gone, "active", "disabled", over, over}},
        {life_command::rotate, {gone, "active", "disabled", over, over}},
        {life_command::finish_grace, {gone, "active", "disabled", over, over}},
        {life_command::disable, {gone, "disabled", "disabled", over, over}},
        {life_command::enable, {gone, "active", "active", over, over}},
        {life_command::expire, {gone, "expired", "expired", "expired", "revoked"}},
        {life_command::revoke, {gone, "revoked", "revoked", "revoked", "revoked"}},
    };
    BOOST_TEST(std::size(rows) == life_command_count);
    for (const auto& r : rows)
        for (std::size_t i = 0; i < r.to.size(); ++i) {
            const auto state = static_cast<life>(i);
            BOOST_TEST(outcome(state, r.command) == r.to[i], to_string(r.command) << " of a token that is " << to_string(state));
        }
}

BOOST_AUTO_TEST_CASE(a_record_is_what_its_state_and_the_time_say) {
    auto t = fresh();
    t.expires_at = noon + day;
    BOOST_TEST((life_of(t, noon) == life::active));
    BOOST_TEST((life_of(t, timestamp{(noon + day).us - 1}) == life::active));
    BOOST_TEST((life_of(t, noon + day) == life::expired));
    disable(t, noon);
    BOOST_TEST((life_of(t, noon) == life::disabled && t.disabled_at == noon));
    BOOST_TEST((life_of(t, noon + day) == life::expired));
    enable(t);
    BOOST_TEST((life_of(t, noon) == life::active && !t.disabled_at));
    const auto epoch = t.epoch;
    revoke(t, noon);
    BOOST_TEST((life_of(t, noon + day) == life::revoked && t.revoked_at == noon && t.epoch == epoch + 1));
}

BOOST_AUTO_TEST_CASE(each_old_secret_keeps_its_own_end) {
    auto t = fresh();
    BOOST_REQUIRE(rotate(t, secret_of(noon), noon, noon + day));
    const auto later = noon + std::chrono::hours(1);
    BOOST_REQUIRE(rotate(t, secret_of(later), later, later));  // a leak
    BOOST_REQUIRE(t.generations.size() == 3u);
    BOOST_TEST((t.generations[0].ends_at == noon + day));
    BOOST_TEST((t.generations[1].ends_at == later));
    BOOST_TEST(!t.generations[2].ends_at.has_value());
    for (std::uint32_t i = 0; i < 3; ++i) BOOST_TEST(t.generations[i].number == i + 1);
}

BOOST_AUTO_TEST_CASE(finishing_a_grace_moves_ends_to_now_and_never_on) {
    auto t = fresh();
    BOOST_TEST(!finish_grace(t, noon));
    BOOST_REQUIRE(rotate(t, secret_of(noon), noon, noon));
    BOOST_REQUIRE(rotate(t, secret_of(noon), noon, noon + day));
    const auto later = noon + std::chrono::hours(1);
    BOOST_TEST(finish_grace(t, later));
    BOOST_TEST((t.generations[0].ends_at == noon));  // it had ended before
    BOOST_TEST((t.generations[1].ends_at == later));
    BOOST_TEST(!t.generations[2].ends_at.has_value());
    BOOST_TEST(!finish_grace(t, later));
}

BOOST_AUTO_TEST_CASE(a_record_stays_within_its_bounds) {
    auto t = fresh();
    for (std::size_t i = 1; i < bounds::generations_per_token; ++i) BOOST_REQUIRE(rotate(t, secret_of(noon), noon, noon + day));
    auto tried = t;
    const auto full = rotate(tried, secret_of(noon), noon, noon + day);
    BOOST_TEST((!full && full.error().kind == errc::full));
    BOOST_REQUIRE(rotate(t, secret_of(noon), noon + day, noon + day));  // the graces are over: the oldest makes room
    BOOST_TEST(t.generations.size() == bounds::generations_per_token);
    BOOST_TEST(t.generations.front().number == 2u);
    BOOST_TEST(t.generations.back().number == bounds::generations_per_token + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
