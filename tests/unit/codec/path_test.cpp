#include "tollgate/codec/path.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(path)

BOOST_AUTO_TEST_CASE(canonical) {
    const std::pair<const char*, const char*> rows[] = {
        {"/", "/"},
        {"/a", "/a"},
        {"/a/", "/a/"},
        {"/v1/items/42", "/v1/items/42"},
        {"/%61%41%30%2d%2E%5f%7Eb", "/aA0-._~b"},
        {"/a%2fb", "/a%2Fb"},
        {"/a%3Fb%23c", "/a%3Fb%23c"},
        {"/caf%c3%a9", "/caf%C3%A9"},
        {"/a%20b", "/a%20b"},
        {"/100%25", "/100%25"},
        {"/%25zz", "/%25zz"},
        {"/%25a/b", "/%25a/b"},
        {"/a;b=c", "/a;b=c"},
        {"/a;b/..c", "/a;b/..c"},
        {"/...", "/..."},
        {"/.well-known/x", "/.well-known/x"},
        {"/a.b..c", "/a.b..c"},
        {"/a%2F.b", "/a%2F.b"},
        {"/A/a", "/A/a"},
        {"/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="},
        {"/%3b", "/%3B"},
        {"/a|b", "/a|b"},
    };
    for (const auto& [raw, canonical] : rows) {
        std::string scratch = "left over";
        const auto got = canonical_path(raw, scratch);
        BOOST_TEST(got.ok, raw);
        BOOST_TEST(got.path == canonical, raw << ": " << got.path);
        // The form is a fixed point: what is forwarded is what would be judged again.
        std::string again;
        const auto twice = canonical_path(got.path, again);
        BOOST_TEST((twice.ok && twice.path == canonical), raw << " again: " << twice.path);
    }
}

BOOST_AUTO_TEST_CASE(refused) {
    const std::string rows[] = {
        "",
        "a",
        "*",
        "//",
        "//a",
        "/a//b",
        "/a//",
        "/.",
        "/..",
        "/./a",
        "/../a",
        "/a/.",
        "/a/..",
        "/a/./b",
        "/a/../b",
        "/%2e",
        "/%2E%2e",
        "/.%2e/a",
        "/a/%2e./b",
        "/a/..;/b",
        "/a/..;x=y",
        "/a/.;/b",
        "/a/..%3b/c",
        "/a/%2e%2e%3B",
        "/a/..%2fb",
        "/a%2f..",
        "/a%2F..%2Fb",
        "/a%2f%2e%2e/b",
        "/a%2f.",
        "/a%2f..;x",
        "/a\\b",
        "/..\\a",
        "/a%5cb",
        "/a%5C..",
        "/a\0b"s,
        "/a%00b",
        "/a%0d%0ab",
        "/a%1fb",
        "/a%7fb",
        "/a\x7f",
        "/a\tb",
        "/a b",
        "/a\x80",
        "/\xc3\xa9",
        "/%",
        "/%2",
        "/a%2",
        "/%zz",
        "/%2g",
        "/%g2",
        "/%%32%65",
        "/%2%65",
        "/%252e",
        "/%252e%252e/a",
        "/%2525",
        "/%25%32%65",
        "/%25%32e",
        "/%252F",
        "/a%255cb",
        "/a?b",
        "/a#b",
        "/%c0%ae%c0%ae/",
        "/%C1%9c",
    };
    for (const auto& raw : rows) {
        std::string scratch;
        const auto got = canonical_path(raw, scratch);
        BOOST_TEST(!got.ok, raw << " became " << got.path);
    }
}

BOOST_AUTO_TEST_CASE(points_into_the_text_where_nothing_changed) {
    const std::string raw = "/a/b%2Fc/d";
    std::string scratch;
    BOOST_TEST((canonical_path(raw, scratch).path.data() == raw.data()));
    const std::string changed = "/a/%62";
    BOOST_TEST((canonical_path(changed, scratch).path.data() == scratch.data()));
}

BOOST_AUTO_TEST_CASE(decoding) {
    struct row {
        const char* raw;
        bool plus;
        bool ok;
        std::string text;
    };
    const row rows[] = {
        {"", false, true, ""},
        {"abc", false, true, "abc"},
        {"a%2Fb%2fc", false, true, "a/b/c"},
        {"a+b", false, true, "a+b"},
        {"a+b%2B", true, true, "a b+"},
        {"%00", false, true, "\0"s},
        {"%C3%a9", false, true, "\xc3\xa9"},
        {"%2525", false, true, "%25"},
        {"%", false, false, ""},
        {"a%2", false, false, ""},
        {"%zz", true, false, ""},
        {"%-1", false, false, ""},
    };
    for (const auto& r : rows) {
        std::string out = "left over";
        BOOST_TEST(percent_decode(r.raw, r.plus, out) == r.ok, r.raw);
        BOOST_TEST(out == r.text, r.raw);
    }
}

BOOST_AUTO_TEST_SUITE_END()
