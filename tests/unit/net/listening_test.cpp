#include "tollgate/net/listening.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(listening_sockets)

BOOST_AUTO_TEST_CASE(what_to_do_about_a_port_that_cannot_be_had) {
    const auto first = listen_tcp("127.0.0.1", 0, 1);
    BOOST_REQUIRE(first.has_value());
    const auto port = static_cast<std::uint16_t>(std::stoi(first->address.substr(first->address.rfind(':') + 1)));
    const auto again = listen_tcp("127.0.0.1", port, 2);
    BOOST_REQUIRE(!again);
    BOOST_TEST(again.error().what.ends_with("Address already in use (is another gateway running?)"), again.error().what);
    for (const int fd : first->descriptors) ::close(fd);
    const auto elsewhere = listen_tcp("192.0.2.1", 8080, 1);  // RFC 5737: nobody's
    BOOST_REQUIRE(!elsewhere);
    BOOST_TEST(elsewhere.error().what.find("(this machine has no such address") != std::string::npos, elsewhere.error().what);
}

BOOST_AUTO_TEST_SUITE_END()
