#include "tollgate/crypto/os_random.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(system_randomness)

BOOST_AUTO_TEST_CASE(fills_all_and_differs) {
    os_random random;
    std::array<std::uint8_t, 32> a{}, b{};
    random.fill(a);
    random.fill(b);
    BOOST_TEST((a != b));
    random.fill({});
}

// getrandom may give fewer bytes than were asked for beyond 256: none may be left as it was.
BOOST_AUTO_TEST_CASE(large_buffers_are_filled_to_the_end) {
    os_random random;
    std::vector<std::uint8_t> bytes(1 << 20);
    random.fill(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += 64) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        BOOST_TEST(!std::all_of(begin, begin + 64, [](auto b) { return b == 0; }), "left at " << at);
    }
}

BOOST_AUTO_TEST_SUITE_END()
