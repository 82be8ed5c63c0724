// `tollgate top` over a running gateway. What it makes of the figures is unit_app's affair.
#include "support/site.hpp"

namespace tollgate::test {

BOOST_AUTO_TEST_SUITE(top)

BOOST_AUTO_TEST_CASE(it_shows_what_happens_and_ends_when_told) {
    upstream up;
    site at("  - { name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n", {}, up);
    program top({"top", "--socket", at.dir.file("t.sock"), "--interval", "0.1", "--views", "2"});
    BOOST_TEST(top.wait() == 0);
    const auto text = top.output();
    BOOST_TEST(has(text, "connections, store open"), text);
    BOOST_TEST(has(text, "API"), text);
    BOOST_TEST(!has(text, "\x1b"), text);  // it is no terminal
}

BOOST_AUTO_TEST_CASE(without_a_gateway_it_says_so) {
    const directory where;
    program top({"top", "--socket", where.file("none.sock"), "--views", "1"});
    BOOST_TEST(top.wait() == 1);
    BOOST_TEST(has(top.errors(), "none.sock"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
