// Who guesses passwords learns nothing, is slowed, and slows nobody else.
#include "flow/people.hpp"

#include "tollgate/base/bounds.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace tollgate::test {
namespace {

struct fixture {
    manual_clock time{timestamp{1'780'000'000'000'000}};
    upstream up;
    gateway g{shipped_apis(), shipped_files(), &up, {.more = "trusted_proxies: [ 127.0.0.1 ]\n", .time = &time}};
    fixture() { make_user(g, {{"api", "tollgate"}, {"user_name", "owner"}, {"role", "owner"}}); }

    message try_in(const std::string& name, const std::string& password, const std::string& from = "192.0.2.1") {
        conversation talk(g.management_port());
        return talk.ask(
            request_text("POST", "localhost", "/v1/admin/sessions", {}, "Content-Type: application/json\r\nX-Forwarded-For: " + from + "\r\n",
                json::serialize(json::object{{"user_name", name}, {"password", password}})));
    }
};

// Without what is new in each answer.
std::string stable(const message& m) {
    std::string out = m.start_line;
    for (const auto& [name, value] : m.fields)
        if (name != "X-Request-Id" && name != "Date") out += "\n" + name + ": " + value;
    return out + "\n" + m.body;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(guessing, fixture)

BOOST_AUTO_TEST_CASE(known_and_unknown_accounts_are_answered_alike) {
    make_user(g, {{"api", "tollgate"}, {"user_name", "no password"}, {"role", "viewer"}, {"password", ""}});
    const auto disabled = make_user(g, {{"api", "tollgate"}, {"user_name", "disabled"}, {"role", "viewer"}});
    manage(g, "POST", "/users/" + text_at(disabled, "id") + "/disable", json::object());
    const auto known = try_in("owner", "wrong");
    BOOST_TEST(known.status() == 401u);
    for (const auto& [name, password] : std::vector<std::pair<std::string, std::string>>{{"nobody", "wrong"}, {"no password", ""},
             {"no password", "wrong"}, {"disabled", right_password}, {"", ""}, {"owner", std::string(10'000, 'x')}})
        BOOST_TEST(stable(try_in(name, password)) == stable(known), name);
    // Slowed alike, too: the sixth try of either is not looked at.
    for (const std::string name : {"owner", "nobody"}) {
        std::vector<unsigned> statuses;
        message last;
        for (int i = 0; i < 6; ++i) {
            last = try_in(name, "wrong", "192.0.2." + std::to_string(10 + i));
            statuses.push_back(last.status());
        }
        BOOST_TEST(statuses.back() == 429u, name);
        BOOST_TEST(!last.field("Retry-After").empty(), name);
    }
    BOOST_TEST(try_in("owner", right_password, "192.0.2.99").status() == 429u, "nor is a right one");
    time.advance(std::chrono::seconds(60));
    BOOST_TEST(try_in("owner", right_password, "192.0.2.99").status() == 201u, "nobody is locked out");
    BOOST_TEST(try_in("owner", "wrong", "192.0.2.99").status() == 401u, "and then the count begins anew");
}

BOOST_AUTO_TEST_CASE(an_address_that_tries_many_accounts_is_slowed) {
    unsigned slowed = 0;
    for (int i = 0; i < 40; ++i) slowed += try_in("account " + std::to_string(i), "wrong", "198.51.100.7").status() == 429 ? 1 : 0;
    BOOST_TEST(slowed == 10u);
    BOOST_TEST(try_in("owner", right_password, "198.51.100.7").status() == 429u);
    BOOST_TEST(try_in("owner", right_password, "198.51.100.8").status() == 201u, "others are not");
    for (int i = 0; i < 40; ++i) try_in("six " + std::to_string(i), "wrong", "2001:db8::" + std::to_string(i + 1));
    BOOST_TEST(try_in("owner", right_password, "2001:db8::ffff").status() == 429u, "one network of IPv6 is one address");
}

BOOST_AUTO_TEST_CASE(attempts_are_counted_by_outcome) {
    const auto attempts = [&](const std::string& outcome) { return metric(g, "tollgate_sign_in_attempts_total{outcome=\"" + outcome + "\"}"); };
    for (int i = 0; i < 7; ++i) try_in("owner", "wrong");
    BOOST_TEST(attempts("refused") == "5");
    BOOST_TEST(attempts("slowed") == "2");
    BOOST_TEST(attempts("signed_in") == "0");
    time.advance(std::chrono::minutes(1));
    try_in("owner", right_password);
    BOOST_TEST(attempts("signed_in") == "1");
}

// The time is a hash's, whoever is asked for: what is not hashed answers a hundred times faster.
BOOST_AUTO_TEST_CASE(an_unknown_account_costs_a_hash) {
    const auto took = [&](const std::string& name, int i) {
        const auto began = std::chrono::steady_clock::now();
        BOOST_TEST(try_in(name, "wrong", "203.0.113." + std::to_string(i)).status() == 401u);
        time.advance(std::chrono::minutes(16));  // no try is slowed
        return std::chrono::steady_clock::now() - began;
    };
    std::vector<std::chrono::steady_clock::duration> known, unknown;
    for (int i = 0; i < 15; ++i) {
        known.push_back(took("owner", i));
        unknown.push_back(took("nobody", i));
    }
    // The least of each: what a machine does besides only adds.
    const auto ratio = static_cast<double>(std::ranges::min(known).count()) / static_cast<double>(std::ranges::min(unknown).count());
    BOOST_TEST((ratio > 0.4 && ratio < 2.5), "known takes " << ratio << " times what unknown takes");
}

BOOST_AUTO_TEST_CASE(a_flood_of_tries_leaves_the_data_plane_its_threads) {
    const auto token = g.create("paymenter", named("Steady", {"users.view"}));
    std::atomic<bool> over{false};
    std::atomic<unsigned> wrong{0}, turned_away{0}, other{0};
    std::vector<std::thread> guessers;
    for (int n = 0; n < 16; ++n)
        guessers.emplace_back([&, n] {
            for (int i = 0; !over; ++i) {
                const auto status =
                    try_in("g" + std::to_string(n) + "-" + std::to_string(i), "wrong", "10." + std::to_string(n) + ".0." + std::to_string(i % 200))
                        .status();
                ++(status == 401 ? wrong : status == 503 || status == 429 ? turned_away : other);
            }
        });
    unsigned good = 0;
    for (int i = 0; i < 200; ++i) {
        // Each with a token that no thread has met: its cold read needs a blocking thread.
        const auto fresh = i % 10 == 0 ? g.create("paymenter", named("Fresh", {"users.view"})) : token;
        good += g.ask("GET", "paymenter.test", "/api/v1/admin/users", fresh).status() == 200 ? 1 : 0;
    }
    while (turned_away == 0 || wrong == 0) std::this_thread::yield();
    over = true;
    for (auto& t : guessers) t.join();
    BOOST_TEST(good == 200u);
    BOOST_TEST(other == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
