// A system's clock that somebody sets, under a running gateway: what is refused, and what is not lost. (T-8)
#include "rows.hpp"
#include "support/shop.hpp"
#include "tollgate/codec/records.hpp"

#include <atomic>

namespace tollgate::test {

using namespace std::chrono_literals;

namespace {

// Both hands are the test's: set() moves the system's clock alone, pass() both.
class two_hands final : public tollgate::clock {
 public:
    [[nodiscard]] timestamp now() const noexcept override { return {system_us_.load()}; }
    [[nodiscard]] monotonic ticks() const noexcept override { return monotonic(std::chrono::microseconds(ticks_us_.load())); }
    void set(std::chrono::microseconds by) noexcept { system_us_ += by.count(); }
    void pass(std::chrono::microseconds by) noexcept {
        system_us_ += by.count();
        ticks_us_ += by.count();
    }

 private:
    std::atomic<std::int64_t> system_us_{parse_rfc3339("2026-08-31T10:15:30Z").value().us}, ticks_us_{1'000'000'000};
};

struct timed {
    two_hands time;
    shop s{{.time = &time}};

    // The gateway looks at the system's clock, as it does each second.
    void set(std::chrono::microseconds by) {
        time.set(by);
        s.g.running->look_after(false);
    }
    void pass(std::chrono::microseconds by) {
        time.pass(by);
        s.g.running->look_after(false);
    }
    std::string token(const std::string& lives) {
        auto wish = named("Timed", {"buy"});
        wish.environment = "live";
        wish.expires_in = lives;
        return s.g.create("shop", std::move(wish));
    }
    unsigned note(const std::string& token) { return s.g.ask("POST", "shop.test", "/notes", token).status(); }
    json::value clock(const std::string& method = "GET", const std::string& more = {}) { return parsed(manage(s.g, method, "/clock" + more).body); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(row_T_8)

BOOST_FIXTURE_TEST_CASE(set_back_revives_nothing, timed) {
    const auto token = this->token("1h");
    BOOST_TEST(note(token) != 401u);
    pass(1h);
    BOOST_TEST(note(token) == 401u);
    for (const std::chrono::minutes back : {-30min, std::chrono::minutes(-24h * 365)}) {
        time.set(back);
        BOOST_TEST(note(token) == 401u);  // at once, before the gateway has looked
        s.g.running->look_after(false);
        BOOST_TEST(note(token) == 401u);
    }
    BOOST_TEST(s.g.log.text().find("was set back") != std::string::npos);
    BOOST_TEST(figure(s.g, "tollgate_clock_ahead_seconds") >= 365 * 86400.0);
    BOOST_TEST(figure(s.g, "tollgate_clock_steps_total{way=\"back\"}") == 1.0);
    const auto fresh = this->token("1h");  // and life goes on
    pass(59min);
    BOOST_TEST(note(fresh) != 401u);
    pass(1min);
    BOOST_TEST(note(fresh) == 401u);
}

BOOST_FIXTURE_TEST_CASE(set_forward_it_is_obeyed_and_loses_nothing, timed) {
    const auto token = this->token("15d"), by = s.token();
    const auto first = s.order(by, "once");
    BOOST_TEST(first.status() == 201u);
    set(24h * 365);
    BOOST_TEST(note(token) == 401u);
    BOOST_TEST(s.g.log.text().find("went forward") != std::string::npos);
    BOOST_TEST(figure(s.g, "tollgate_clock_unsettled_seconds") == 365 * 86400.0);
    // A second POST could not be taken back.
    const auto is_replayed = [&] {
        const auto before = s.seen.orders();
        return s.order(by, "once").body == first.body && s.seen.orders() == before;
    };
    BOOST_TEST(is_replayed());
    pass(9min);
    BOOST_TEST(is_replayed());
    set(-24h * 365);
    BOOST_TEST(note(token) != 401u);
    BOOST_TEST(figure(s.g, "tollgate_clock_ahead_seconds") == 0.0);
    BOOST_TEST(is_replayed());
    pass(24h);
    BOOST_TEST(!is_replayed());  // else the above would show nothing
}

BOOST_FIXTURE_TEST_CASE(a_wrong_time_that_has_stood_is_set_right_by_the_operator, timed) {
    const auto token = this->token("15d");
    set(24h * 365);
    pass(10min);
    set(-24h * 365);
    BOOST_TEST(note(token) == 401u);
    const auto seen = clock();
    BOOST_TEST(text_at(seen, "now").substr(0, 4) == "2027");
    BOOST_TEST(text_at(seen, "system").substr(0, 4) == "2026");
    const auto by = s.g.create("tollgate", named("By", {"tokens:write", "config:read"}));
    auto over = socket::connect(s.g.management_port());
    over.send(request_text("POST", "localhost", "/v1/admin/clock/accept", by));
    BOOST_TEST(reader(over).response().status() == 403u);
    BOOST_TEST(note(token) == 401u);
    BOOST_TEST(text_at(clock("POST", "/accept"), "now").substr(0, 16) == "2026-08-31T10:25");
    BOOST_TEST(note(token) != 401u);
    const auto log = s.g.tokens().audit(1).value();
    BOOST_TEST(log.front().action == "clock.accept");
    BOOST_TEST(log.front().details.find("2027") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
