// Documents: kinds, lines, and every problem with its place.
#include "tollgate/codec/document.hpp"
#include "tollgate/base/bounds.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>

namespace tollgate {

namespace {

std::string all(const problem_list& problems) {
    std::string out;
    for (const auto& p : problems.items()) out += p.text() + '\n';
    return out;
}

// The document, which must have no problem.
document good(std::string_view text, std::string file = "a.yaml") {
    problem_list problems;
    auto doc = parse_document(std::move(file), text, problems);
    BOOST_TEST_REQUIRE(all(problems) == "");
    BOOST_TEST_REQUIRE(doc.has_value());
    return *std::move(doc);
}

std::string json_of(std::string_view text, std::string file = "a.yaml") { return good(text, std::move(file)).root.to_json(); }

std::string problems_of(std::string_view text, std::string file = "a.yaml") {
    problem_list problems;
    (void)parse_document(std::move(file), text, problems);
    return all(problems);
}

struct text_case {
    std::string_view title;
    std::string_view text;
    std::string_view expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(document_test)

BOOST_AUTO_TEST_CASE(yaml_scalars_have_the_kind_of_the_core_schema) {
    using kind = node::kind;
    struct row {
        std::string_view text;
        kind expected;
    };
    const row rows[] = {
        {"~", kind::null},
        {"null", kind::null},
        {"NULL", kind::null},
        {"true", kind::boolean},
        {"False", kind::boolean},
        {"yes", kind::string},
        {"off", kind::string},
        {"0", kind::integer},
        {"-12", kind::integer},
        {"+7", kind::integer},
        {"0x1F", kind::integer},
        {"0o17", kind::integer},
        {"0x", kind::string},
        {"0o9", kind::string},
        {"1.5", kind::real},
        {"1.", kind::real},
        {".5", kind::real},
        {"-1e3", kind::real},
        {"1e", kind::string},
        {".", kind::string},
        {".inf", kind::real},
        {"-.Inf", kind::real},
        {".nan", kind::real},
        {"-.nan", kind::string},
        {"1_000", kind::string},
        {"2026-04-01", kind::string},
        {"'12'", kind::string},
        {"\"true\"", kind::string},
        {"!!str 12", kind::string},
        {"!!int 12", kind::integer},
        {"a: ~b", kind::mapping},
        {"12 a", kind::string},
    };
    for (const auto& [text, expected] : rows) {
        const auto doc = good(text);
        BOOST_TEST(static_cast<int>(doc.root.what()) == static_cast<int>(expected), "'" << text << "'");
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_read_whole_or_not_at_all) {
    const auto doc = good("[9223372036854775807, -9223372036854775808, 9223372036854775808, 0x10, 0o10, +3, 1.5, x, -.inf]");
    const auto& items = doc.root.items();
    BOOST_TEST(items[0].as_integer().value() == INT64_MAX);
    BOOST_TEST(items[1].as_integer().value() == INT64_MIN);
    BOOST_TEST(!items[2].as_integer().has_value());
    BOOST_TEST(items[2].as_real().value() == 9223372036854775808.0);
    BOOST_TEST(items[3].as_integer().value() == 16);
    BOOST_TEST(items[4].as_integer().value() == 8);
    BOOST_TEST(items[5].as_integer().value() == 3);
    BOOST_TEST(!items[6].as_integer().has_value());
    BOOST_TEST(items[6].as_real().value() == 1.5);
    BOOST_TEST(!items[7].as_real().has_value());
    BOOST_TEST(items[8].as_real().value() < -1e308);
    BOOST_TEST(!items[7].as_bool().has_value());
}

BOOST_AUTO_TEST_CASE(both_readers_make_the_same_tree) {
    constexpr std::string_view json = R"({"a": [1, -2.5e3, "x\ty", true, null, {}], "b": {"c": []}, "": "\u00e9\ud83d\ude00\/"})";
    constexpr std::string_view yaml = "a:\n  - 1\n  - -2.5e3\n  - \"x\\ty\"\n  - true\n  -\n  - {}\nb:\n  c: []\n\"\": \xC3\xA9\xF0\x9F\x98\x80/\n";
    constexpr std::string_view expected = "{\"a\":[1,-2.5e3,\"x\\u0009y\",true,null,{}],\"b\":{\"c\":[]},\"\":\"\xC3\xA9\xF0\x9F\x98\x80/\"}";
    BOOST_TEST(json_of(json, "a.json") == expected);
    BOOST_TEST(json_of(json) == expected);
    BOOST_TEST(json_of(yaml) == expected);
}

BOOST_AUTO_TEST_CASE(written_json_is_json_whatever_was_read) {
    BOOST_TEST(json_of("[0x1F, +5, 007, .5, 1., .inf, 0o17, \"a\\\"\\\\\\n\\x01\"]") == "[31,5,7,0.5,1,\".inf\",15,\"a\\\"\\\\\\n\\u0001\"]");
    BOOST_TEST(json_of("on: y\n200: 0.10\n") == "{\"on\":\"y\",\"200\":0.10}");
}

BOOST_AUTO_TEST_CASE(every_node_knows_its_line) {
    const auto yaml = good("# top\na:\n  b: 1\n  c:\n    - x\n    - y: 2\nd: |\n  text\n  more\ne: last\nf:\n\ng: 1\n");
    const auto* a = yaml.root.find("a");
    BOOST_TEST(a->line() == 2);
    BOOST_TEST(a->find("b")->line() == 3);
    BOOST_TEST(a->find("c")->line() == 4);
    BOOST_TEST(a->find("c")->items()[1].line() == 6);
    BOOST_TEST(yaml.root.find("d")->line() == 7);
    BOOST_TEST(yaml.root.find("d")->text() == "text\nmore\n");
    BOOST_TEST(yaml.root.find("e")->line() == 10);
    BOOST_TEST(yaml.root.find("f")->line() == 11);

    const auto json = good("{\n \"a\":\n  {\"b\": [1,\n 2]},\n \"c\": \"\\n\"\n}", "a.json");
    BOOST_TEST(json.root.line() == 1);
    BOOST_TEST(json.root.find("a")->line() == 2);
    BOOST_TEST(json.root.find("a")->find("b")->line() == 3);
    BOOST_TEST(json.root.find("a")->find("b")->items()[1].line() == 4);
    BOOST_TEST(json.root.find("c")->line() == 5);
}

BOOST_AUTO_TEST_CASE(a_missing_key_and_the_wrong_kind_find_nothing) {
    const auto doc = good("a: [1]\n");
    BOOST_TEST((doc.root.find("b") == nullptr));
    BOOST_TEST((doc.root.find("a")->find("a") == nullptr));
    BOOST_TEST(doc.root.find("a")->members().empty());
    BOOST_TEST(doc.root.items().empty());
    BOOST_TEST(doc.root.text() == "");
    BOOST_TEST((good("").root.what() == node::kind::null));
    BOOST_TEST((good("# nothing\n").root.what() == node::kind::null));
}

BOOST_AUTO_TEST_CASE(set_replaces_and_append_does_not_look) {
    auto n = node::make_mapping();
    n.set("a", node::make_bool(true));
    n.set("a", node::make_number("2", true));
    BOOST_TEST(n.to_json() == "{\"a\":2}");
    n.append("b", node::make_null());
    BOOST_TEST(n.to_json() == "{\"a\":2,\"b\":null}");
}

BOOST_AUTO_TEST_CASE(aliases_and_merge_keys) {
    const text_case rows[] = {
        {"alias", "a: &x {k: 1}\nb: *x\n", R"({"a":{"k":1},"b":{"k":1}})"},
        {"scalar alias", "a: &x 7\nb: [*x, *x]\n", R"({"a":7,"b":[7,7]})"},
        {"alias as a key", "a: &x k\n*x : 1\n", R"({"a":"k","k":1})"},
        {"anchor given again", "a: &x 1\nb: &x 2\nc: *x\n", R"({"a":1,"b":2,"c":2})"},
        {"merge", "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n", R"({"a":{"k":1,"l":2},"b":{"l":3,"k":1}})"},
        {"merge of two", "a: &x {k: 1}\nb: &y {k: 2, m: 4}\nc:\n  <<: [*x, *y]\n", R"({"a":{"k":1},"b":{"k":2,"m":4},"c":{"k":1,"m":4}})"},
        {"quoted << is a key", "\"<<\": 1\n", R"({"<<":1})"},
        {"<< as a value", "a: <<\nb: 1\n", R"({"a":"<<","b":1})"},
    };
    for (const auto& [title, text, expected] : rows) BOOST_TEST(json_of(text) == expected, title << ": " << json_of(text));
}

BOOST_AUTO_TEST_CASE(yaml_problems_have_line_and_path) {
    const text_case rows[] = {
        {"duplicate key", "a:\n  b: 1\n  c: 2\n  b: 3\n",
            "a.yaml:4: error: key 'b' stands twice in this mapping, first in line 2; remove or rename one (at $.a.b)\n"},
        {"duplicate in a list", "- {x-a: 1}\n- {x-a: 1, x-a: 2}\n",
            "a.yaml:2: error: key 'x-a' stands twice in this mapping, first in line 2; remove or rename one (at $[1]['x-a'])\n"},
        {"a list as a key", "a: 1\n[b]: 2\n", "a.yaml:2: error: a key is a mapping or a list; write a plain word (at $)\n"},
        {"alias as a key of a mapping", "a: &x {}\n*x : 1\n", "a.yaml:2: error: a key is a mapping or a list; write a plain word (at $)\n"},
        {"alias inside itself", "a:\n  b: &x [1, *x]\n",
            "a.yaml:2: error: an alias inside the node that it stands for; write the value out (at $.a.b[1])\n"},
        {"merge of a scalar", "a:\n  <<: 3\n", "a.yaml:2: error: '<<' takes a mapping or a list of mappings (at $.a['<<'])\n"},
        {"merge of scalars", "a:\n  <<: [3]\n", "a.yaml:2: error: '<<' takes a mapping or a list of mappings (at $.a['<<'])\n"},
        {"a tag", "a: !secret x\n", "a.yaml:1: error: tag '!secret' means nothing here; remove it (at $.a)\n"},
        {"a core tag in the wrong place", "a: !!map x\n", "a.yaml:1: error: tag 'tag:yaml.org,2002:map' means nothing here; remove it (at $.a)\n"},
        {"two documents", "a: 1\n---\nb: 2\n", "a.yaml:2: error: a second document begins here; one file holds one document\n"},
        {"not UTF-8", "a: 1\nb: \xC3(\n", "a.yaml:2: error: not UTF-8; save the file as UTF-8\n"},
        {"surrogate in UTF-8", "\xED\xA0\x80", "a.yaml:1: error: not UTF-8; save the file as UTF-8\n"},
        {"overlong UTF-8", "\xE0\x80\xAF", "a.yaml:1: error: not UTF-8; save the file as UTF-8\n"},
        {"beyond Unicode", "\xF4\x90\x80\x80", "a.yaml:1: error: not UTF-8; save the file as UTF-8\n"},
    };
    for (const auto& [title, text, expected] : rows) BOOST_TEST(problems_of(text) == expected, title << ": " << problems_of(text));
    BOOST_TEST(problems_of("a: 1\n  b: 2\n").starts_with("a.yaml:2: error: not YAML: "));
    BOOST_TEST(problems_of("a: [1\nb: *nowhere\n").starts_with("a.yaml:2: error: not YAML: "));
}

BOOST_AUTO_TEST_CASE(json_problems_have_line_and_path) {
    const text_case rows[] = {
        {"nothing", "", "a.json:1: error: a value is missing: the file ends here (at $)\n"},
        {"two values", "{}\n{}", "a.json:2: error: text after the end of the JSON value; remove it (at $)\n"},
        {"open object", "{\"a\": 1\n", "a.json:2: error: expected ',' or '}' in an object, found the end of the file (at $)\n"},
        {"open list", "[1,\n2 3]", "a.json:2: error: expected ',' or ']' in a list, found '3' (at $)\n"},
        {"comma before the end", "[1,\n]", "a.json:2: error: a comma before ']'; remove it (at $)\n"},
        {"comma before the end of an object", "{\"a\":{\"b\":1,}}", "a.json:1: error: a comma before '}'; remove it (at $.a)\n"},
        {"bare key", "{a: 1}", "a.json:1: error: expected a key in double quotes, found 'a' (at $)\n"},
        {"no colon", "{\"a\"\n1}", "a.json:2: error: expected ':' after the key, found '1' (at $.a)\n"},
        {"word", "{\"a\": [True]}", "a.json:1: error: expected a JSON value, found 'T' (at $.a[0])\n"},
        {"misspelt word", "[treu]", "a.json:1: error: not a JSON value; did you mean 'true'? (at $[0])\n"},
        {"leading zero", "[01]", "a.json:1: error: '01' is not a JSON number (at $[0])\n"},
        {"no fraction", "[1.]", "a.json:1: error: '1.' is not a JSON number (at $[0])\n"},
        {"plus", "[+1]", "a.json:1: error: '+1' is not a JSON number (at $[0])\n"},
        {"no digits in the exponent", "[1e]", "a.json:1: error: '1e' is not a JSON number (at $[0])\n"},
        {"open string", "[\"a", "a.json:1: error: a string has no closing '\"' (at $[0])\n"},
        {"line end in a string", "[\"a\nb\"]", "a.json:1: error: byte 0x0A inside a string; write it as an escape, such as \\n (at $[0])\n"},
        {"unknown escape", "[\"\\x41\"]", "a.json:1: error: unknown escape: '\\' before 'x'; write \\\\ for a backslash (at $[0])\n"},
        {"short \\u", "[\"\\u12g4\"]", "a.json:1: error: \\u wants four hexadecimal digits (at $[0])\n"},
        {"high surrogate alone", "[\"\\ud83dx\"]", "a.json:1: error: a high surrogate without its low one; write the pair (at $[0])\n"},
        {"two high surrogates", "[\"\\ud83d\\ud83d\"]", "a.json:1: error: a high surrogate without its low one; write the pair (at $[0])\n"},
        {"low surrogate alone", "[\"\\ude00\"]", "a.json:1: error: a low surrogate stands alone; write the pair (at $[0])\n"},
        {"duplicate key, written otherwise", "{\"p\": {\"a\": 1,\n\"\\u0061\": 2}}",
            "a.json:2: error: key 'a' stands twice in this mapping, first in line 1; remove or rename one (at $.p.a)\n"},
        {"comment", "{} # no", "a.json:1: error: text after the end of the JSON value; remove it (at $)\n"},
    };
    for (const auto& [title, text, expected] : rows)
        BOOST_TEST(problems_of(text, "a.json") == expected, title << ": " << problems_of(text, "a.json"));
}

BOOST_AUTO_TEST_CASE(flow_yaml_that_looks_like_json_is_read_as_yaml) {
    BOOST_TEST(json_of("{ a: b, c: [x, 'y'] } # comment\n") == R"({"a":"b","c":["x","y"]})");
    BOOST_TEST(problems_of("{ a: b }", "a.json") != "");
    BOOST_TEST(json_of("\xEF\xBB\xBF{\"a\": 1}") == R"({"a":1})");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded_in_both) {
    const auto nest = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
    for (const auto* file : {"a.json", "a.yaml"}) {
        const std::string comment = file == std::string_view("a.yaml") ? "# not JSON\n" : "";
        BOOST_TEST(problems_of(comment + nest(bounds::document_depth), file) == "", file);
        BOOST_TEST(problems_of(comment + nest(bounds::document_depth + 2), file).find("nested deeper than 256 levels") != std::string::npos, file);
        BOOST_TEST(problems_of(comment + nest(100'000), file) != "", file);
    }
}

BOOST_AUTO_TEST_CASE(aliases_cannot_fill_memory) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        const auto name = std::to_string(i);
        bomb += "a" + name + ": &a" + name + " [";
        for (int k = 0; k < 10; ++k) bomb += (k == 0 ? "" : ", ") + before;
        bomb += "]\n";
    }
    const auto said = problems_of(bomb);
    BOOST_TEST(said.find("aliases expand to more than 1000000 values") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(files_are_loaded_and_their_absence_is_a_problem) {
    problem_list problems;
    BOOST_TEST(!load_document("/nowhere/a.yaml", problems).has_value());
    BOOST_TEST(all(problems) == "/nowhere/a.yaml: error: cannot be read: No such file or directory\n");

    problem_list directory;
    BOOST_TEST(!load_document(TOLLGATE_SOURCE_DIR, directory).has_value());
    BOOST_TEST(directory.has_errors());

    problem_list none;
    const auto doc = load_document(TOLLGATE_SOURCE_DIR "/CMakePresets.json", none);
    BOOST_TEST(all(none) == "");
    BOOST_TEST_REQUIRE(doc.has_value());
    BOOST_TEST(doc->file == TOLLGATE_SOURCE_DIR "/CMakePresets.json");
    BOOST_TEST(doc->root.find("version")->as_integer().value() == 6);
}

BOOST_AUTO_TEST_CASE(warnings_are_not_errors) {
    problem_list problems;
    problems.add({problem::level::warning, "a.yaml", 0, {}, "odd"});
    BOOST_TEST(!problems.has_errors());
    BOOST_TEST(problems.items()[0].text() == "a.yaml: warning: odd");
    problems.add({problem::level::error, "a.yaml", 3, "$.a", "wrong"});
    BOOST_TEST(problems.has_errors());
}

BOOST_AUTO_TEST_CASE(nearest_suggests_only_what_is_near) {
    const std::vector<std::string_view> known = {"listeners", "limits", "store", "users.read", "users.write"};
    BOOST_TEST(nearest("listners", known) == "listeners");
    BOOST_TEST(nearest("limtis", known) == "limits");
    BOOST_TEST(nearest("user.read", known) == "users.read");
    BOOST_TEST(nearest("banana", known) == "");
    BOOST_TEST(nearest("", known) == "");
    BOOST_TEST(nearest("store", {}) == "");
    BOOST_TEST(nearest("usre.read", known, 1) == "");
    BOOST_TEST(nearest("usesr.read", known, 1) == "users.read");
    BOOST_TEST(nearest(std::string(100'000, 'a'), known) == "");
}

BOOST_AUTO_TEST_CASE(json_paths) {
    BOOST_TEST(path_item(path_member(path_member(path_member("$", "paths"), "/a"), "get"), 0) == "$.paths['/a'].get[0]");
    BOOST_TEST(path_member("$", "x-aal") == "$['x-aal']");
    BOOST_TEST(path_member("$", "200") == "$['200']");
    BOOST_TEST(path_member("$", "it's") == "$['it\\'s']");
    BOOST_TEST(path_member("$", "") == "$['']");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
