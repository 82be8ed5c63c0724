// Spans in the protocol's JSON, and what a collector's answer means.
#include "tollgate/telemetry/otlp.hpp"

#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace tollgate;

namespace {

trace_span a_span() {
    trace_span s;
    s.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    s.id = 0xab;
    s.parent = 0x00f067aa0ba902b7;
    s.start = {1'800'000'000'000'001};
    s.took_us = 1'500;
    s.method = "GET";
    s.route = "/things/{id}";
    s.status = 200;
    s.scheme = "https";
    return s;
}

json::array spans_of(const std::vector<trace_span>& spans) {
    const auto whole = json::parse(write_spans({"front", "1.2.3", "one"}, spans));
    return whole.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").as_array();
}

std::string attribute(const json::value& s, std::string_view key) {
    for (const auto& a : s.at("attributes").as_array())
        if (a.at("key").as_string() == key) return json::serialize(a.at("value"));
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(otlp_test)

BOOST_AUTO_TEST_CASE(ids_are_hexadecimal_and_large_numbers_text) {
    const auto spans = spans_of({a_span()});
    BOOST_TEST_REQUIRE(spans.size() == 1u);
    const auto& s = spans[0];
    BOOST_TEST(s.at("traceId").as_string() == "4bf92f3577b34da6a3ce929d0e0e4736");
    BOOST_TEST(s.at("spanId").as_string() == "00000000000000ab");
    BOOST_TEST(s.at("parentSpanId").as_string() == "00f067aa0ba902b7");
    BOOST_TEST(s.at("startTimeUnixNano").as_string() == "1800000000000001000");
    BOOST_TEST(s.at("endTimeUnixNano").as_string() == "1800000000001501000");
    BOOST_TEST(s.at("kind").to_number<int>() == 2);
    BOOST_TEST(attribute(s, "http.response.status_code") == R"({"intValue":"200"})");
    BOOST_TEST(attribute(s, "http.route") == R"({"stringValue":"/things/{id}"})");
    BOOST_TEST(json::serialize(s.at("status")) == "{}");
}

BOOST_AUTO_TEST_CASE(the_part_of_the_upstream_is_a_child) {
    auto one = a_span();
    one.parent = 0;
    one.upstream_id = 0xcd;
    one.upstream_start = {one.start.us + 100};
    one.upstream_us = 900;
    one.server = "[::1]:9000";
    one.sent_again = 1;
    one.status = 404;
    const auto spans = spans_of({one});
    BOOST_TEST_REQUIRE(spans.size() == 2u);
    BOOST_TEST(!spans[0].as_object().contains("parentSpanId"));
    BOOST_TEST(spans[1].at("parentSpanId").as_string() == "00000000000000ab");
    BOOST_TEST(spans[1].at("kind").to_number<int>() == 3);
    BOOST_TEST(attribute(spans[1], "server.address") == R"({"stringValue":"::1"})");
    BOOST_TEST(attribute(spans[1], "server.port") == R"({"intValue":"9000"})");
    BOOST_TEST(attribute(spans[1], "http.request.resend_count") == R"({"intValue":"1"})");
    BOOST_TEST(json::serialize(spans[0].at("status")) == "{}", "a 404 is an error of who asked");
    BOOST_TEST(json::serialize(spans[1].at("status")) == R"({"code":2})");
}

BOOST_AUTO_TEST_CASE(what_a_caller_makes_up_is_not_told) {
    auto one = a_span();
    one.method = "BREW\" me";
    one.route.clear();
    const auto s = spans_of({one}).at(0);
    BOOST_TEST(s.at("name").as_string() == "HTTP");
    BOOST_TEST(attribute(s, "http.request.method") == R"({"stringValue":"_OTHER"})");
}

BOOST_AUTO_TEST_CASE(answers_are_told_apart) {
    using kind = export_outcome::kind;
    struct row {
        unsigned status;
        const char *retry, *body;
        kind what;
        std::uint64_t rejected;
        int retry_after;
    };
    const row rows[] = {
        {200, "", "{}", kind::accepted, 0, -1},
        {200, "", "", kind::accepted, 0, -1},
        {200, "", "not json", kind::accepted, 0, -1},
        {200, "", R"({"partialSuccess":{"rejectedSpans":"7","errorMessage":"old"}})", kind::accepted, 7, -1},
        {200, "", R"({"partialSuccess":{"rejectedSpans":7}})", kind::accepted, 7, -1},
        {200, "", R"({"partialSuccess":{"rejectedSpans":-1}})", kind::accepted, 0, -1},
        {200, "", R"({"partialSuccess":[]})", kind::accepted, 0, -1},
        {429, "12", "{}", kind::later, 0, 12},
        {429, "9223372036854775807", "", kind::later, 0, 86'400},  // no more than a day: it is reckoned with
        {503, "Fri, 31 Dec 1999 23:59:59 GMT", "", kind::later, 0, -1},
        {503, "-1", "", kind::later, 0, -1},
        {502, "", "", kind::later, 0, -1},
        {504, "", "", kind::later, 0, -1},
        {400, "", R"({"message":"no"})", kind::refused, 0, -1},
        {404, "5", "", kind::refused, 0, 5},
        {500, "", "", kind::refused, 0, -1},
        {301, "", "", kind::refused, 0, -1},
    };
    for (const auto& r : rows) {
        const auto got = read_export_answer(r.status, r.retry, r.body);
        BOOST_TEST_CONTEXT(r.status << " " << r.body) {
            BOOST_TEST((got.what == r.what));
            BOOST_TEST(got.rejected == r.rejected);
            BOOST_TEST((got.retry_after ? got.retry_after->count() : -1) == r.retry_after);
        }
    }
    BOOST_TEST(read_export_answer(400, "", R"({"message":"no"})").why == "it answered 400: no");
}

BOOST_AUTO_TEST_SUITE_END()
