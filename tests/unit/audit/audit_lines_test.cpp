#include "tollgate/audit/audit_lines.hpp"

#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(audit_lines_test)

BOOST_AUTO_TEST_CASE(each_event_is_one_line_with_its_details_as_an_object) {
    audit_event e;
    e.at = {1'775'000'000'000'000};
    e.actor = "operator:0";
    e.from = "unix";
    e.action = "token.revoke";
    e.api = "acme";
    e.subject = "tok_1";
    e.details = R"({"before":{"state":"active"},"after":{"state":"revoked"}})";
    auto odd = e;
    odd.details = "line\nbreak, no json";
    const audit_event both[] = {e, odd};
    const auto text = audit_lines(both);

    const auto first = text.substr(0, text.find('\n'));
    const auto second = text.substr(first.size() + 1);
    BOOST_TEST(json::parse(first).at("details").at("after").at("state").as_string() == "revoked");
    BOOST_TEST(json::parse(first).at("actor").as_string() == "operator:0");
    BOOST_TEST(second.find('\n') == second.size() - 1);  // a line break inside is escaped
    BOOST_TEST(json::parse(second).at("details").as_string() == "line\nbreak, no json");
}

BOOST_AUTO_TEST_CASE(no_events_are_no_lines) { BOOST_TEST(audit_lines({}).empty()); }

BOOST_AUTO_TEST_SUITE_END()
