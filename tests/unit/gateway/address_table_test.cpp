// Connections by address: counted up, counted down, each address alone. (W-13)
#include "tollgate/gateway/address_table.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(address_tables)

BOOST_AUTO_TEST_CASE(an_address_has_so_many_and_no_more) {
    address_table t;
    const auto four = *ip_address::parse("192.0.2.1"), mapped = *ip_address::parse("::ffff:192.0.2.1"), other = *ip_address::parse("192.0.2.2");
    BOOST_TEST(t.enter(four, 2));
    BOOST_TEST(t.enter(mapped, 2));  // the same address
    BOOST_TEST(!t.enter(four, 2));
    BOOST_TEST(t.enter(other, 2));
    t.leave(four);
    BOOST_TEST(t.enter(four, 2));
    BOOST_TEST(t.count(four) == 2u);
    for (int i = 0; i < 2; ++i) t.leave(four);
    BOOST_TEST(t.count(four) == 0u);
}

BOOST_AUTO_TEST_CASE(a_network_of_64_bits_is_one_address) {
    address_table t;
    BOOST_TEST(t.enter(*ip_address::parse("2001:db8:0:1::1"), 1));
    BOOST_TEST(!t.enter(*ip_address::parse("2001:db8:0:1:ffff::2"), 1));
    BOOST_TEST(t.enter(*ip_address::parse("2001:db8:0:2::1"), 1));
}

BOOST_AUTO_TEST_CASE(threads_at_once_lose_nothing) {
    address_table t;
    std::vector<std::thread> all;
    for (unsigned n = 0; n < 4; ++n)
        all.emplace_back([&t, n] {
            for (std::uint32_t i = 0; i < 20'000; ++i) {
                const auto from = ip_address::v4(i % 97);
                if (t.enter(from, 1'000'000) && (i + n) % 2 == 0) t.leave(from);
            }
        });
    for (auto& one : all) one.join();
    std::size_t left = 0;
    for (std::uint32_t i = 0; i < 97; ++i) left += t.count(ip_address::v4(i));
    BOOST_TEST(left == 40'000u);
}

BOOST_AUTO_TEST_SUITE_END()
