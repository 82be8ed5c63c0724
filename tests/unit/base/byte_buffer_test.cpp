#include "tollgate/base/byte_buffer.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(byte_buffers)

// Every length around the words that copies are made of, from memory that ends with the text (the sanitizer sees a byte too many).
BOOST_AUTO_TEST_CASE(pieces_of_every_length_arrive_whole) {
    byte_buffer out;
    std::string expected;
    for (std::size_t n = 0; n < 80; ++n) {
        std::vector<char> exact(n);
        for (std::size_t i = 0; i < n; ++i) exact[i] = static_cast<char>('a' + (n + i) % 26);
        const std::string_view piece(exact.data(), n);
        out.put(piece);
        out.put('|');
        out.put_field(piece, piece);
        expected += std::string(piece) + "|" + std::string(piece) + ": " + std::string(piece) + "\r\n";
        BOOST_TEST(out.view() == expected);
    }
}

BOOST_AUTO_TEST_CASE(numbers_and_literals) {
    byte_buffer out(1);
    out.put("n=");
    out.put_number(0);
    out.put(' ');
    out.put_number(std::numeric_limits<std::uint64_t>::max());
    BOOST_TEST(out.view() == "n=0 18446744073709551615");
    const auto room = out.capacity();
    out.clear();
    BOOST_TEST(out.empty());
    BOOST_TEST(out.capacity() == room);
    byte_buffer taken(std::move(out));
    BOOST_TEST(out.capacity() == 0u);  // NOLINT(bugprone-use-after-move): what is left behind is an empty one
    out.put("again");
    BOOST_TEST(out.view() == "again");
}

BOOST_AUTO_TEST_SUITE_END()
