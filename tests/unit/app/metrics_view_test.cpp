#include "app/metrics_view.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(metrics_view)

namespace {

bool has(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(samples_are_read) {
    const auto read = read_metrics(
        "# HELP tollgate_x Words.\n# TYPE tollgate_x counter\ntollgate_x 3\n\nbroken{a=\"b} 4\ntollgate_y{api=\"a,b\",le=\"+Inf\"} 0.5\n");
    BOOST_TEST_REQUIRE(read.size() == 2u);
    BOOST_TEST(read[0].name == "tollgate_x");
    BOOST_TEST(read[0].value == 3);
    BOOST_TEST(read[1].label("api") == "a,b");
    BOOST_TEST(read[1].label("le") == "+Inf");
    BOOST_TEST(read[1].label("other") == "");
}

BOOST_AUTO_TEST_CASE(what_happened_in_between_is_shown) {
    const auto before = read_metrics(
        "tollgate_requests_total{api=\"billing\",method=\"GET\",route=\"/bills\",code=\"2xx\"} 100\n"
        "tollgate_requests_total{api=\"billing\",method=\"GET\",route=\"/old\",code=\"2xx\"} 7\n"
        "tollgate_refusals_total{api=\"billing\",reason=\"invalid_token\"} 50\n");
    const auto after = read_metrics(
        "tollgate_requests_total{api=\"billing\",method=\"GET\",route=\"/bills\",code=\"2xx\"} 300\n"
        "tollgate_requests_total{api=\"billing\",method=\"GET\",route=\"/old\",code=\"2xx\"} 7\n"
        "tollgate_requests_total{api=\"billing\",method=\"POST\",route=\"/bills\",code=\"5xx\"} 20\n"
        "tollgate_refusals_total{api=\"billing\",reason=\"invalid_token\"} 10\n"  // began anew
        "tollgate_request_duration_seconds_bucket{api=\"billing\",le=\"0.001\"} 150\n"
        "tollgate_request_duration_seconds_bucket{api=\"billing\",le=\"0.01\"} 220\n"
        "tollgate_request_duration_seconds_bucket{api=\"billing\",le=\"+Inf\"} 220\n"
        "tollgate_store_open 1\ntollgate_connections_open 12\n");
    std::ostringstream out;
    write_metrics_view(out, before, after, std::chrono::seconds(2), 1);
    const auto text = out.str();
    BOOST_TEST(text.starts_with("110 requests a second, 12 connections, store open, 0 tokens expire soon\n"), text);
    BOOST_TEST(has(text, "billing  110         100  -    10   1 ms    10 ms   -"), text);
    BOOST_TEST(has(text, "billing  GET     /bills  100"), text);
    BOOST_TEST(!has(text, "POST"), text);  // one row was asked for
    BOOST_TEST(!has(text, "/old"), text);  // nothing happened there
    BOOST_TEST(has(text, "billing  invalid_token    5.0"), text);
}

BOOST_AUTO_TEST_CASE(servers_that_are_busy_or_left_out_are_shown) {
    const auto reading = [](int requests, int failures) {
        std::string text;
        for (const char* address : {"10.0.0.1:9000", "10.0.0.2:9000", "10.0.0.3:9000"}) {
            const auto labels = "{pool=\"billing\",server=\"b:9000\",address=\"" + std::string(address) + "\"";
            const bool busy = std::string_view(address) == "10.0.0.1:9000", out = std::string_view(address) == "10.0.0.2:9000";
            text += "tollgate_upstream_server_requests_total" + labels + "} " + std::to_string(busy ? requests : 0) + "\n";
            text += "tollgate_upstream_server_failures_total" + labels + "} " + std::to_string(busy ? failures : 0) + "\n";
            text += "tollgate_upstream_server_state" + labels + ",state=\"up\"} " + (out ? "0" : "1") + "\n";
            text += "tollgate_upstream_server_state" + labels + ",state=\"ejected\"} " + (out ? "1" : "0") + "\n";
        }
        return read_metrics(text);
    };
    std::ostringstream out;
    write_metrics_view(out, reading(0, 0), reading(200, 4), std::chrono::seconds(2), 5);
    const auto text = out.str();
    BOOST_TEST(has(text, "billing  10.0.0.1:9000  up       100         2.0"), text);
    BOOST_TEST(has(text, "billing  10.0.0.2:9000  ejected  -           -"), text);
    BOOST_TEST(!has(text, "10.0.0.3"), text);
}

BOOST_AUTO_TEST_SUITE_END()
