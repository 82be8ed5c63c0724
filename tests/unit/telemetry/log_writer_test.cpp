// Lines of the operator's log: one each, and readable whatever stands in a value.
#include "tollgate/telemetry/log_writer.hpp"
#include "tollgate/telemetry/access_log.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

#include <unistd.h>

using namespace tollgate;

namespace {

std::string line_of(std::string_view value) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const manual_clock time{{1'800'000'000'000'000}};
    log_writer(ends[1], time).write(severity::error, "said", {{"by", value}});
    ::close(ends[1]);
    std::array<char, 1000> line{};
    const auto n = ::read(ends[0], line.data(), line.size());
    ::close(ends[0]);
    BOOST_REQUIRE(n > 0);
    return {line.data(), static_cast<std::size_t>(n)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_writer_test)

BOOST_AUTO_TEST_CASE(a_value_is_readable_and_on_one_line) {
    BOOST_TEST(line_of("Zürich \"1\"\n").ends_with(" error said by=\"Zürich \\\"1\\\"\\u000a\"\n"));
    // As a damaged file's text is, in a message that quotes it.
    BOOST_TEST(line_of("MANIFEST-\x80 \xc3\xbc").ends_with(" error said by=\"MANIFEST-\\u0080 \\u00c3\\u00bc\"\n"));
}

// A line of the access log is JSON whatever a caller wrote; what is UTF-8 stays as it is.
BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_escaped_at_any_place) {
    const auto inside = [](std::string_view text) {
        byte_buffer out;
        append_escaped(out, text);
        return std::string(out.view());
    };
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string plain(size, 'a');
        BOOST_TEST(inside(plain) == plain);
        BOOST_TEST(inside(plain + "ü" + plain) == plain + "ü" + plain);
        BOOST_TEST(inside(plain + "\xff" + plain) == plain + "\\u00ff" + plain);
        BOOST_TEST(inside(plain + "\"\x80" + plain) == plain + "\\\"\\u0080" + plain);
    }
    BOOST_TEST(inside("ü\xc3") == "\\u00c3\\u00bc\\u00c3");  // Latin-1 throughout, not half of it
}

BOOST_AUTO_TEST_SUITE_END()
