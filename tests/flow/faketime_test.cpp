// The real binary under libfaketime, which sets the system's clock while it runs: ends of graces and of lives to the minute, and a clock
// that goes wrong. (PL-9, PR-4, T-8)
#include "clocked.hpp"
#include "support/site.hpp"

#include <cstdio>

namespace tollgate::test {

using namespace std::chrono_literals;

namespace {

// The processes' clock: the machine's, and `offset` seconds. Their monotonic clock is the machine's.
struct faked {
    upstream up;
    directory where;
    std::string offset_file = where.write("offset", "+0");
    std::unique_ptr<site> at;

    explicit faked(std::string_view begins) {
        set(test::at(begins));
        at = std::make_unique<site>(shipped_apis(), shipped_files(), up,
            std::vector<std::string>{
                "LD_PRELOAD=" LIBFAKETIME, "FAKETIME_TIMESTAMP_FILE=" + offset_file, "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"});
    }
    // From now on it is `when`; renamed into place, since the process reads the file at any moment.
    void set(timestamp when) const {
        const auto offset = (when - system_clock().now()) / 1s;
        where.write("next", fmt::format("{:+}", offset));
        BOOST_TEST_REQUIRE(std::rename(where.file("next").c_str(), offset_file.c_str()) == 0);
    }
    // And the gateway goes by a time that is `when`, or later by little.
    void move_to(timestamp when) {
        set(when);
        BOOST_TEST_REQUIRE(eventually([&] {
            const auto late = gateways_time() - when;
            return late >= -1s && late < 20s;
        }));
    }
    timestamp gateways_time() const { return test::at(site::member_of(at->by_socket("GET", "/v1/admin/clock"), "now")); }
    message get(const std::string& host, const std::string& path, const std::string& token) const { return at->ask("GET", host, path, token); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(faketime)

BOOST_AUTO_TEST_CASE(row_PL_9_the_old_secret_works_for_24_hours) {
    faked f("2026-08-31T10:15:30Z");
    const auto made =
        f.at->by_socket("POST", "/v1/admin/api-tokens", R"({"api":"paylera","name":"Rotated","environment":"live","scopes":["customers:read"]})");
    const auto old_text = site::member_of(made, "token"), id = site::member_of(made, "id");
    const auto rotated = f.at->by_socket("POST", "/v1/admin/api-tokens/" + id + "/rotate");
    const auto new_text = site::member_of(rotated, "token");
    BOOST_TEST_REQUIRE((!old_text.empty() && !new_text.empty() && old_text != new_text));
    const auto rotated_at = f.gateways_time();
    const auto status = [&](const std::string& token) { return f.get("live.paylera.test", "/v1/customers", token).status(); };
    BOOST_TEST(status(old_text) == 200u);
    f.move_to(rotated_at + (24h - 60s));
    BOOST_TEST(status(old_text) == 200u);
    BOOST_TEST(status(new_text) == 200u);
    f.move_to(rotated_at + 24h + 1s);
    const auto late = f.get("live.paylera.test", "/v1/customers", old_text);
    BOOST_TEST(late.status() == 401u);
    BOOST_TEST(late.body.find("\"problem\":\"auth.expired_token\"") != std::string::npos, late.body);
    BOOST_TEST(status(new_text) == 200u);
}

BOOST_AUTO_TEST_CASE(row_PR_4_six_months_end_on_the_right_day) {
    faked f("2026-08-31T10:15:30Z");
    const auto made = f.at->by_socket("POST", "/v1/admin/api-tokens", R"({"api":"payrequest","name":"Personal"})");
    const auto token = site::member_of(made, "token"), ends = site::member_of(made, "expires_at");
    BOOST_TEST(ends.substr(0, 16) == "2027-02-28T10:15");
    const auto status = [&] { return f.get("payrequest.test", "/api/v1/invoices", token).status(); };
    BOOST_TEST(status() == 200u);
    f.move_to(at(ends) + -60s);
    BOOST_TEST(status() == 200u);
    f.move_to(at(ends) + 1s);
    BOOST_TEST(status() == 401u);
}

BOOST_AUTO_TEST_CASE(row_T_8_on_the_real_binary) {
    const auto noon = at("2026-08-31T12:00:00Z");
    faked f("2026-08-31T12:00:00Z");
    const auto with_life = [&](const std::string& life) {
        return f.at->create(R"({"api":"partner","name":"Timed","scopes":["invoices:read"],"expires_in":")" + life + "\"}");
    };
    const auto minutes = with_life("2m"), days = with_life("2d");
    const auto status = [&](const std::string& token) { return f.get("partner.test", "/invoices", token).status(); };
    BOOST_TEST((status(minutes) == 200u && status(days) == 200u));

    // Forward by mistake: refused, and back again.
    f.move_to(noon + 24h * 30);
    BOOST_TEST((status(minutes) == 401u && status(days) == 401u));
    f.move_to(noon + 30s);
    BOOST_TEST((status(minutes) == 200u && status(days) == 200u));

    // What has ended stays so when the clock is set back: at once, later, and after a start.
    f.move_to(noon + 3min);
    BOOST_TEST(status(minutes) == 401u);
    f.set(noon + -1h);
    BOOST_TEST_REQUIRE(eventually([&] { return site::member_of(f.at->by_socket("GET", "/v1/admin/clock"), "system") < "2026-08-31T11:30"; }));
    BOOST_TEST((status(minutes) == 401u && status(days) == 200u));
    f.at->kill();
    f.at->start();
    BOOST_TEST((status(minutes) == 401u && status(days) == 200u));
    BOOST_TEST((f.gateways_time() >= noon + 3min));

    // Until an operator says that the machine's clock is the right one.
    program accept({"clock", "accept", "--socket", f.at->dir.file("t.sock")});
    BOOST_TEST(accept.wait() == 0);
    BOOST_TEST((status(minutes) == 200u && status(days) == 200u));
    BOOST_TEST((f.gateways_time() < noon));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
