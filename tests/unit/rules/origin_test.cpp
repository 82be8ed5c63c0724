// Who asks, as trusted proxies tell it: rows of (peer, fields) -> caller, and callers who try to be somebody else.
#include "tollgate/rules/origin.hpp"

#include "tollgate/codec/http_guard.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

using namespace tollgate;

namespace {

const std::vector<ip_block> kTrusted{*ip_block::parse("10.0.0.0/8"), *ip_block::parse("fd00::/8")};
const ip_address kPeer = *ip_address::parse("10.0.0.1");

origin found(const std::string& fields) {
    const auto bytes = "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    static request_head head;
    std::size_t scanned = 0;
    head_error why{};
    BOOST_REQUIRE((read_request_head(bytes, scanned, {}, head, why) == head_status::complete));
    return find_origin(kPeer, kTrusted, head);
}

// "203.0.113.7", with "+" where the transport is secure; "nobody" where the fields do not agree; "peer".
std::string told(const std::string& fields) {
    const auto o = found(fields);
    const auto who = o.contradicted ? "nobody" : o.reported ? o.client.text() : o.client == kPeer ? "peer" : "wrong";
    return who + (o.secure ? "+" : "");
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

struct row {
    std::string fields, caller;
};

void check(const std::vector<row>& rows) {
    for (const auto& r : rows) BOOST_TEST(told(r.fields) == r.caller, r.fields);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(origin_test)

BOOST_AUTO_TEST_CASE(a_list_is_read_from_the_right_past_trusted_proxies) {
    check({{"", "peer"}, {"X-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"}, {"x-forwarded-for:203.0.113.7\r\n", "203.0.113.7"},
        {"X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n", "203.0.113.7"},
        {"X-Forwarded-For: 198.51.100.1, 203.0.113.7, 10.9.9.9,fd00::1\r\n", "203.0.113.7"},
        {"X-Forwarded-For: 198.51.100.1,203.0.113.7\r\nX-Forwarded-For: 10.0.0.2\r\n", "203.0.113.7"},
        {"X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3"}, {"X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7"},
        {"X-Forwarded-For: [2001:db8::7]:4711\r\n", "2001:db8::7"}, {"X-Forwarded-For: 203.0.113.7:4711\r\n", "203.0.113.7"},
        {"X-Forwarded-For: ::ffff:203.0.113.7\r\n", "203.0.113.7"}, {"X-Forwarded-For: 203.0.113.7, ::ffff:10.0.0.2\r\n", "203.0.113.7"}});
}

BOOST_AUTO_TEST_CASE(junk_ends_the_walk_at_the_last_good_address) {
    check({{"X-Forwarded-For:\r\n", "peer"}, {"X-Forwarded-For: ,\r\n", "peer"}, {"X-Forwarded-For: unknown\r\n", "peer"},
        {"X-Forwarded-For: 203.0.113.7, 010.0.0.1\r\n", "peer"}, {"X-Forwarded-For: 203.0.113.7, 10.0.0.2:x\r\n", "peer"},
        {"X-Forwarded-For: 203.0.113.7, junk, 10.0.0.2\r\n", "10.0.0.2"}, {"X-Forwarded-For: 203.0.113.7,, 10.0.0.2\r\n", "10.0.0.2"},
        {"X-Forwarded-For: 203.0.113.7, [10.0.0.3], 10.0.0.2\r\n", "10.0.0.2"}, {"X-Forwarded-For: \", 203.0.113.7\r\n", "203.0.113.7"},
        {"X-Forwarded-For: 203.0.113.7, " + repeated("10.0.0.2, ", bounds::forwarding_hops) + "10.0.0.3\r\n", "10.0.0.2"},
        {"X-Forwarded-For: 203.0.113.7, " + repeated("10.0.0.2, ", bounds::forwarding_hops - 2) + "10.0.0.3\r\n", "203.0.113.7"}});
}

BOOST_AUTO_TEST_CASE(forwarded_is_read_in_the_same_way) {
    check({{"Forwarded: for=203.0.113.7\r\n", "203.0.113.7"}, {"Forwarded: For=\"203.0.113.7:4711\";Proto=http\r\n", "203.0.113.7"},
        {"Forwarded: for=\"[2001:db8::7]:1\"\r\n", "2001:db8::7"}, {"Forwarded: for=\"[2001:db8::7]\", for=10.0.0.2;by=10.0.0.1\r\n", "2001:db8::7"},
        {"Forwarded: by=_x;host=\"a,b;c\\\",d\";for=203.0.113.7\r\n", "203.0.113.7"},
        {"Forwarded: for=198.51.100.1, for=203.0.113.7\r\nForwarded: for=10.0.0.2\r\n", "203.0.113.7"}, {"Forwarded: for=unknown\r\n", "peer"},
        {"Forwarded: for=203.0.113.7, for=_hidden, for=10.0.0.2\r\n", "10.0.0.2"}, {"Forwarded: proto=https\r\n", "peer+"},
        {"Forwarded: for=203.0.113.7;for=10.0.0.2\r\n", "peer"}, {"Forwarded: 203.0.113.7\r\n", "peer"}, {"Forwarded: for=010.0.0.1\r\n", "peer"},
        {"Forwarded: for=\"203.0.113.7\r\n", "peer"}, {"Forwarded: for=203.0.113.7;;proto=https\r\n", "203.0.113.7+"}});
}

// What the caller wrote stands on the left of what the proxy appended, in the same line.
BOOST_AUTO_TEST_CASE(a_caller_cannot_become_somebody_else) {
    for (const std::string forged : {"10.0.0.9", "\"", "\"\\", "\\", ",", "for=10.0.0.9", "for=\"10.0.0.9", "for=\"", "for=10.0.0.9;proto=https,",
             "for=\\\"", "a=\"\\\"", "a=\"b\\", "\"x\", for=10.0.0.9", ";", "for=10.0.0.9;x=\""}) {
        const auto listed = told("X-Forwarded-For: " + forged + ", 203.0.113.7\r\n");
        BOOST_TEST(listed == "203.0.113.7", forged);
        BOOST_TEST(told("X-Forwarded-For: " + forged + "\r\nX-Forwarded-For: 203.0.113.7\r\n") == "203.0.113.7", forged);
        BOOST_TEST(told("Forwarded: " + forged + ", for=203.0.113.7\r\n") == "203.0.113.7", forged);
        BOOST_TEST(told("Forwarded: " + forged + ", for=203.0.113.7;proto=http\r\nX-Forwarded-Proto: https\r\n") == "203.0.113.7", forged);
        BOOST_TEST(told("Forwarded: " + forged + ", for=\"[2001:db8::7]\", for=\"[fd00::1]:80\"\r\n") == "2001:db8::7", forged);
    }
}

BOOST_AUTO_TEST_CASE(two_kinds_of_fields_must_agree) {
    const std::string listed = "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n";
    check({{listed + "Forwarded: for=203.0.113.7;proto=https\r\n", "203.0.113.7+"}, {listed + "Forwarded: for=10.0.0.9;proto=https\r\n", "nobody"},
        {listed + "Forwarded: for=198.51.100.1\r\nX-Forwarded-Proto: https\r\n", "nobody"}, {listed + "Forwarded: junk\r\n", "nobody"},
        {"X-Forwarded-For: unknown\r\nForwarded: for=10.0.0.9\r\n", "nobody"}, {"X-Forwarded-For:\r\nForwarded: for=10.0.0.9\r\n", "nobody"}});
    BOOST_TEST((found(listed + "Forwarded: for=10.0.0.9\r\n").client == ip_address{}));
}

BOOST_AUTO_TEST_CASE(https_is_believed_where_every_word_says_so) {
    const std::string by = "X-Forwarded-For: 203.0.113.7\r\n";
    check({{by + "X-Forwarded-Proto: https\r\n", "203.0.113.7+"}, {by + "X-Forwarded-Proto: HTTPS\r\n", "203.0.113.7+"},
        {by + "X-Forwarded-Proto: http\r\n", "203.0.113.7"}, {by + "X-Forwarded-Proto: https, http\r\n", "203.0.113.7"},
        {by + "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\n", "203.0.113.7"}, {by + "X-Forwarded-Proto:\r\n", "203.0.113.7"},
        {by + "X-Forwarded-Proto: https,https\r\n", "203.0.113.7+"}, {by + "X-Forwarded-Proto: httpss\r\n", "203.0.113.7"},
        {"X-Forwarded-Proto: https\r\n", "peer+"}, {"Forwarded: for=203.0.113.7;proto=https\r\nX-Forwarded-Proto: http\r\n", "203.0.113.7"},
        {"Forwarded: for=203.0.113.7;proto=http\r\nX-Forwarded-Proto: https\r\n", "203.0.113.7"},
        {"Forwarded: for=203.0.113.7;proto=https, for=10.0.0.2;proto=http\r\n", "203.0.113.7+"},
        {"Forwarded: for=203.0.113.7;proto=http, for=10.0.0.2;proto=https\r\n", "203.0.113.7"},
        {"Forwarded: for=203.0.113.7;proto=\"https\"\r\n", "203.0.113.7+"}, {"Forwarded: for=203.0.113.7;proto=https;proto=https\r\n", "peer"}});
}

BOOST_AUTO_TEST_CASE(nodes) {
    for (const char* good : {"203.0.113.7", "203.0.113.7:1", "2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:65535", "::1"})
        BOOST_TEST(read_forwarded_node(good).has_value(), good);
    for (const char* bad : {"", ":", ":80", "203.0.113.7:", "203.0.113.7:123456", "203.0.113.7:-1", "[203.0.113.7]", "[2001:db8::7", "2001:db8::7]",
             "[2001:db8::7]x", "[2001:db8::7]:", "[]", "[", "unknown", "_hidden", "010.0.0.1", "1.2.3", "fe80::1%eth0", "a:1"})
        BOOST_TEST(!read_forwarded_node(bad).has_value(), bad);
}

// Whatever the caller's part holds, what the proxy appends is what counts.
BOOST_AUTO_TEST_CASE(random_bytes_on_the_left_change_nothing) {
    std::mt19937_64 dice(11);
    const std::string letters = "\"\\,;=: for10.[]ab\t";
    for (int i = 0; i < 20'000; ++i) {
        std::string forged;
        for (auto n = dice() % 24; n > 0; --n) forged += letters[dice() % letters.size()];
        BOOST_REQUIRE_MESSAGE(told("Forwarded: x" + forged + ", for=203.0.113.7\r\n") == "203.0.113.7", forged);
        BOOST_REQUIRE_MESSAGE(told("X-Forwarded-For: x" + forged + ", 203.0.113.7\r\n") == "203.0.113.7", forged);
    }
}

BOOST_AUTO_TEST_SUITE_END()
