// What is printed of foreign texts: readable, and without power over the terminal.
#include "app/cli_context.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(inert_text)

BOOST_AUTO_TEST_CASE(what_acts_on_a_terminal_is_shown_as_an_escape) {
    struct row {
        std::string_view text, shown, why;
    };
    const row rows[] = {
        {"", "", "nothing"},
        {"CI key #1", "CI key #1", "plain text"},
        {"Schlüssel für Zoë 鍵 🔑", "Schlüssel für Zoë 鍵 🔑", "other scripts"},
        {"\x1b[2Jgone", "\\x1b[2Jgone", "an escape sequence"},
        {"a\r\nb\tc", "a\\x0d\\x0ab\\x09c", "line ends and tabs"},
        {std::string_view("a\0b", 3), "a\\x00b", "NUL"},
        {"\x7f", "\\x7f", "delete"},
        {"\xc2\x9b"
         "31m",
            "\\x9b31m", "a C1 control"},
        {"\xe2\x80\xae"
         "txt.exe",
            "\\u202etxt.exe", "right-to-left override"},
        {"\xe2\x81\xa6x", "\\u2066x", "isolate"},
        {"\xff", "\\xff", "not UTF-8"},
        {"\xc3", "\\xc3", "cut off"},
        {"\xc0\x9b", "\\xc0\\x9b", "overlong"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80", "surrogate"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "beyond Unicode"},
    };
    for (const auto& r : rows) BOOST_TEST(inert(r.text) == r.shown, r.why);
}

BOOST_AUTO_TEST_CASE(tables_are_aligned_by_letters) {
    std::ostringstream out;
    print_table(out, {"A", "B"}, {{"Zoë", "1"}, {"x\x1b", "2"}});
    BOOST_TEST(out.str() == "A      B\nZoë    1\nx\\x1b  2\n");
}

BOOST_AUTO_TEST_CASE(members_become_cells) {
    const json::value row = {
        {"text", "a"}, {"none", nullptr}, {"empty", ""}, {"list", {"a", "b"}}, {"nothing", json::array()}, {"number", 7}, {"yes", true}};
    BOOST_TEST(cell(row, "text") == "a");
    BOOST_TEST(cell(row, "none") == "-");
    BOOST_TEST(cell(row, "empty") == "-");
    BOOST_TEST(cell(row, "list") == "a b");
    BOOST_TEST(cell(row, "nothing") == "-");
    BOOST_TEST(cell(row, "number") == "7");
    BOOST_TEST(cell(row, "yes") == "true");
    BOOST_TEST(cell(row, "absent") == "-");
}

BOOST_AUTO_TEST_CASE(an_id_is_one_segment_of_a_path) {
    BOOST_TEST(token_path("tok_01") == "/api-tokens/tok_01");
    BOOST_TEST(token_path("../audit?x") == "/api-tokens/%2E%2E%2Faudit%3Fx");
}

BOOST_AUTO_TEST_SUITE_END()
