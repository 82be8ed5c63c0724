#include "tollgate/model/ip_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(ip_addresses)

BOOST_AUTO_TEST_CASE(parsed_and_written) {
    const std::pair<const char*, const char*> rows[] = {
        {"0.0.0.0", "0.0.0.0"},
        {"10.0.0.1", "10.0.0.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"::ffff:10.0.0.1", "10.0.0.1"},
        {"::FFFF:0a00:0001", "10.0.0.1"},
        {"fe80::1", "fe80::1"},
    };
    for (const auto& [text, written] : rows) {
        const auto a = ip_address::parse(text);
        BOOST_REQUIRE_MESSAGE(a.has_value(), text);
        BOOST_TEST(a->text() == written, text);
        BOOST_TEST((ip_address::parse(a->text()) == a), text);
    }
    BOOST_TEST((ip_address::v4(0x0a000001) == *ip_address::parse("10.0.0.1")));
    BOOST_TEST(ip_address::parse("::ffff:10.0.0.1")->is_v4());
    BOOST_TEST(!ip_address::parse("::10.0.0.1")->is_v4());
}

BOOST_AUTO_TEST_CASE(not_addresses) {
    const std::string rows[] = {
        "",
        "010.0.0.1",
        "10.0.0.01",
        "10.0.0",
        "10.0.0.1.",
        "10.0.0.256",
        "0x0a.0.0.1",
        "10.1",
        "167772161",
        "10.0.0.-1",
        " 10.0.0.1",
        "10.0.0.1 ",
        "10.0.0.1:80",
        "[::1]",
        "fe80::1%eth0",
        ":::",
        "1::2::3",
        "12345::",
        "::ffff:010.0.0.1",
        "::g",
        "localhost",
        std::string("10.0.0.1\0", 9),
        std::string("::1\0x", 5),
        std::string(60, '1'),
    };
    for (const auto& text : rows) BOOST_TEST(!ip_address::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(blocks) {
    struct row {
        const char* block;
        const char* address;
        bool inside;
    };
    const row rows[] = {
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1/32", "10.0.0.1", true},
        {"10.0.0.0/31", "10.0.0.1", true},
        {"10.0.0.0/31", "10.0.0.2", false},
        {"10.0.0.128/25", "10.0.0.127", false},
        {"10.0.0.128/25", "10.0.0.200", true},
        {"10.1.2.3/8", "10.9.9.9", true},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "10.0.0.1", true},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::", false},
        {"2001:db8::1/128", "2001:db8::1", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::ffff:10.0.0.0/104", "10.7.7.7", true},
        {"::ffff:10.0.0.0/104", "11.0.0.0", false},
    };
    for (const auto& r : rows) {
        const auto block = ip_block::parse(r.block);
        BOOST_REQUIRE_MESSAGE(block.has_value(), r.block);
        BOOST_TEST(block->contains(*ip_address::parse(r.address)) == r.inside, r.block << " and " << r.address);
    }
}

BOOST_AUTO_TEST_CASE(blocks_are_written_in_one_way) {
    const std::pair<const char*, const char*> rows[] = {
        {"10.1.2.3/8", "10.0.0.0/8"},
        {"10.0.0.1/32", "10.0.0.1"},
        {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"255.255.255.255/31", "255.255.255.254/31"},
        {"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
        {"2001:db8::1/128", "2001:db8::1"},
        {"ff::/0", "::/0"},
    };
    for (const auto& [text, written] : rows) {
        const auto block = ip_block::parse(text);
        BOOST_REQUIRE_MESSAGE(block.has_value(), text);
        BOOST_TEST(block->text() == written, text);
        BOOST_TEST((ip_block::parse(block->text()) == block), text);
    }
}

BOOST_AUTO_TEST_CASE(a_list_contains_what_one_of_its_blocks_does) {
    const ip_block list[] = {*ip_block::parse("10.0.0.0/8"), *ip_block::parse("2001:db8::1")};
    BOOST_TEST(contains(list, *ip_address::parse("10.9.9.9")));
    BOOST_TEST(contains(list, *ip_address::parse("2001:db8::1")));
    BOOST_TEST(!contains(list, *ip_address::parse("2001:db8::2")));
    BOOST_TEST(!contains({}, *ip_address::parse("10.9.9.9")));
}

BOOST_AUTO_TEST_CASE(not_blocks) {
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0/8 ",
             "10.0.0.0/8/8", "::/129", "10.0.0.0/255.0.0.0", "010.0.0.0/8", "10.0.0/8", "::1/x", "::/4294967296"})
        BOOST_TEST(!ip_block::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
