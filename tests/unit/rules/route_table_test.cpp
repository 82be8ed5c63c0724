// The route table: which template takes a path, in which order, and what Allow says.
#include "tollgate/rules/route_table.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>

namespace tollgate {

namespace {

// "GET /a/{id}" each.
route_table table_of(std::initializer_list<std::string_view> routes) {
    route_table out;
    for (const auto text : routes) {
        route r;
        r.method = text.substr(0, text.find(' '));
        r.path = text.substr(text.find(' ') + 1);
        std::string other;
        BOOST_TEST_REQUIRE(out.add(std::move(r), other), text);
    }
    out.seal();
    return out;
}

// "/a/{id} id=7", "405 GET, HEAD" or "404".
std::string answer(const route_table& table, std::string_view method, std::string_view path) {
    const auto m = table.match(method, path);
    if (m.outcome == route_match::kind::none) return "404";
    if (m.outcome == route_match::kind::method_missing) return "405 " + std::string(m.allow);
    std::string out = m.found->path;
    for (std::size_t i = 0; i < m.parameter_count; ++i) out += ' ' + std::string(m.parameters[i]);
    return out;
}

struct row {
    std::string_view method;
    std::string_view path;
    std::string_view expected;
};

void check(const route_table& table, std::initializer_list<row> rows) {
    for (const auto& [method, path, expected] : rows)
        BOOST_TEST(answer(table, method, path) == expected, method << ' ' << path << " -> " << answer(table, method, path));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(route_table_test)

BOOST_AUTO_TEST_CASE(literal_goes_before_template_and_back) {
    const auto table = table_of({"GET /users/{id}", "GET /users/me", "GET /users/me/keys", "GET /users/{id}/orders/{order}",
        "GET /users/{id}/keys/{key}", "DELETE /users/{id}", "GET /{any}/me/last"});
    check(table,
        {
            {"GET", "/users/me", "/users/me"},
            {"GET", "/users/7", "/users/{id} 7"},
            {"GET", "/users/me/keys", "/users/me/keys"},
            {"GET", "/users/me/orders/3", "/users/{id}/orders/{order} me 3"},
            {"GET", "/users/me/keys/3", "/users/{id}/keys/{key} me 3"},
            {"DELETE", "/users/me", "/users/{id} me"},
            {"GET", "/users/me/last", "/{any}/me/last users"},
            {"GET", "/users/me/first", "404"},
            {"GET", "/users", "404"},
            {"GET", "/users/7/orders", "404"},
            {"GET", "/users/7/orders/3/4", "404"},
            {"GET", "/USERS/7", "404"},
            {"GET", "/", "404"},
            {"GET", "", "404"},
            {"GET", "users/7", "404"},
        });
}

BOOST_AUTO_TEST_CASE(a_missing_method_lists_what_every_way_has) {
    const auto table = table_of({"GET /a/me", "POST /a/{id}", "PATCH /{x}/me", "DELETE /b", "HEAD /c", "OPTIONS /d", "GET /d"});
    check(table,
        {
            {"PUT", "/a/me", "405 GET, HEAD, PATCH, POST"},
            {"PUT", "/a/7", "405 POST"},
            {"GET", "/b", "405 DELETE"},
            {"HEAD", "/b", "405 DELETE"},
            {"GET", "/c", "405 HEAD"},
            {"TRACE", "/d", "405 GET, HEAD, OPTIONS"},
            {"PURGE", "/b", "405 DELETE"},
            {"get", "/a/me", "405 GET, HEAD, PATCH, POST"},
            {"", "/b", "405 DELETE"},
            {"PUT", "/a/me/x", "404"},
        });
}

BOOST_AUTO_TEST_CASE(head_is_taken_by_head_and_else_by_get) {
    const auto table = table_of({"GET /a", "GET /b", "HEAD /b", "POST /c"});
    BOOST_TEST(table.match("HEAD", "/a").found->method == "GET");
    BOOST_TEST(table.match("HEAD", "/b").found->method == "HEAD");
    BOOST_TEST(table.match("GET", "/b").found->method == "GET");
    check(table, {{"HEAD", "/c", "405 POST"}, {"OPTIONS", "/a", "405 GET, HEAD"}});
}

BOOST_AUTO_TEST_CASE(a_final_slash_counts_and_parameters_are_not_empty) {
    const auto table = table_of({"GET /", "GET /a", "GET /b/", "GET /c/{id}", "GET /d/{id}/", "GET /e/{id}/f"});
    check(table,
        {
            {"GET", "/", "/"},
            {"GET", "/a", "/a"},
            {"GET", "/a/", "404"},
            {"GET", "/b", "404"},
            {"GET", "/b/", "/b/"},
            {"GET", "/c/", "404"},
            {"GET", "/c", "404"},
            {"GET", "/d/1", "404"},
            {"GET", "/d/1/", "/d/{id}/ 1"},
            {"GET", "/e//f", "404"},
        });
}

BOOST_AUTO_TEST_CASE(segments_of_text_and_parameters) {
    const auto table = table_of({"GET /f/{id}", "GET /f/{id}.json", "GET /f/{name}.{ext}", "GET /f/v{id}", "POST /f/{id}:cancel",
        "GET /g/{a}-{b}-{c}", "GET /h/{a}{b}", "GET /i/x{id}y"});
    check(table,
        {
            {"GET", "/f/7", "/f/{id} 7"},
            {"GET", "/f/7.json", "/f/{id}.json 7"},
            {"GET", "/f/7.xml", "/f/{name}.{ext} 7 xml"},
            {"GET", "/f/7.json.json", "/f/{id}.json 7.json"},
            {"GET", "/f/.json", "/f/{id} .json"},
            {"GET", "/f/7.", "/f/{id} 7."},
            {"GET", "/f/v7", "/f/v{id} 7"},
            {"GET", "/f/v", "/f/{id} v"},
            {"POST", "/f/7:cancel", "/f/{id}:cancel 7"},
            {"POST", "/f/7%3Acancel", "/f/{id}:cancel 7"},
            {"POST", "/f/:cancel", "405 GET, HEAD"},
            {"POST", "/f/7:cancelled", "405 GET, HEAD"},
            {"GET", "/g/1-2-3", "/g/{a}-{b}-{c} 1 2 3"},
            {"GET", "/g/1-2-3-4", "/g/{a}-{b}-{c} 1 2 3-4"},
            {"GET", "/g/--1-2-3", "/g/{a}-{b}-{c} - 1 2-3"},
            {"GET", "/g/1-2", "404"},
            {"GET", "/h/ab", "/h/{a}{b} a b"},
            {"GET", "/h/a", "404"},
            {"GET", "/i/xy", "404"},
            {"GET", "/i/xyy", "/i/x{id}y y"},
        });
}

// An upstream decodes what it gets: `/a%3Ab` is `/a:b` to it, so it must be judged as that.
BOOST_AUTO_TEST_CASE(literals_match_percent_decoded) {
    const auto table = table_of({"GET /a:b", "GET /{x}", "GET /caf\xC3\xA9", "POST /one%20two", "PUT /50%25", "GET /%7Bx%7D/y"});
    check(table,
        {
            {"GET", "/a:b", "/a:b"},
            {"GET", "/a%3Ab", "/a:b"},
            {"GET", "/caf%C3%A9", "/caf\xC3\xA9"},
            {"GET", "/caf%C3%AA", "/{x} caf%C3%AA"},
            {"POST", "/one%20two", "/one%20two"},
            {"PUT", "/50%25", "/50%25"},
            {"GET", "/%7Bx%7D/y", "/%7Bx%7D/y"},
            {"GET", "/z/y", "404"},
        });
    BOOST_TEST(answer(table, "GET", '/' + std::string(9000, 'q') + "%3A").starts_with("/{x} qqq"));
}

BOOST_AUTO_TEST_CASE(encoded_slashes_only_where_they_are_allowed) {
    route_table table;
    std::string other;
    const auto add = [&](std::string path, std::string method, bool slash, std::uint32_t which) {
        route r;
        r.path = std::move(path);
        r.method = std::move(method);
        r.encoded_slash = slash;
        r.slash_parameters = which;
        BOOST_TEST_REQUIRE(table.add(std::move(r), other));
    };
    add("/a/{id}", "GET", false, ~0u);
    add("/b/{id}", "GET", true, ~0u);
    add("/b/{id}", "POST", false, ~0u);
    add("/c/{x}/{y}", "GET", true, 0b10);
    add("/d/{id}.json", "GET", true, ~0u);
    add("/b/x", "GET", false, ~0u);
    table.seal();
    check(table,
        {
            {"GET", "/a/1%2F2", "404"},
            {"POST", "/a/1%2F2", "404"},
            {"GET", "/b/1%2F2", "/b/{id} 1%2F2"},
            {"POST", "/b/1%2F2", "405 GET, HEAD"},
            {"POST", "/b/12", "/b/{id} 12"},
            {"GET", "/c/1/2%2F3", "/c/{x}/{y} 1 2%2F3"},
            {"GET", "/c/1%2F2/3", "404"},
            {"GET", "/c/1%2F2/3%2F4", "404"},
            {"GET", "/d/1%2F2.json", "/d/{id}.json 1%2F2"},
            {"GET", "/b%2Fx", "404"},
        });
}

BOOST_AUTO_TEST_CASE(the_same_shape_and_method_twice_is_refused) {
    route_table table;
    std::string other;
    const auto add = [&](std::string method, std::string path) {
        route r;
        r.method = std::move(method);
        r.path = std::move(path);
        other.clear();
        return table.add(std::move(r), other);
    };
    BOOST_TEST(add("GET", "/a/{id}"));
    BOOST_TEST(add("POST", "/a/{name}"));
    BOOST_TEST(!add("GET", "/a/{name}"));
    BOOST_TEST(other == "/a/{id}");
    BOOST_TEST(add("GET", "/a/{id}.json"));
    BOOST_TEST(!add("GET", "/a/{x}.json"));
    BOOST_TEST(other == "/a/{id}.json");
    BOOST_TEST(add("GET", "/a/b c"));
    BOOST_TEST(!add("GET", "/a/b%20c"));
    BOOST_TEST(add("GET", "/a/{id}/"));
    table.seal();
    BOOST_TEST(table.routes().size() == 5);
    for (std::size_t i = 0; i < table.routes().size(); ++i) BOOST_TEST(table.routes()[i].number == i);
}

BOOST_AUTO_TEST_CASE(templates_are_checked) {
    struct bad_template {
        std::string path;
        std::string_view says;
    };
    std::string seventeen;
    for (int i = 0; i < 17; ++i) seventeen += "/{p" + std::to_string(i) + '}';
    const bad_template rows[] = {
        {"", "begins with '/'"},
        {"a", "begins with '/'"},
        {"/a?b=c", "no query"},
        {"/a#b", "no fragment"},
        {"/a//b", "empty segments"},
        {"//", "empty segments"},
        {"/a/../b", "'.' and '..'"},
        {"/%2e", "'.' and '..'"},
        {"/a%2Fb", "encoded slash"},
        {"/a%2fb", "encoded slash"},
        {"/a\\b", "backslashes"},
        {"/a%5Cb", "backslashes"},
        {"/a%00", "control characters"},
        {"/a\n", "control characters"},
        {"/a%", "two hexadecimal digits"},
        {"/a%4", "two hexadecimal digits"},
        {"/a%4g", "two hexadecimal digits"},
        {"/{a", "'{' without '}'"},
        {"/{a/b}", "'{' without '}'"},
        {"/{a{b}}", "'{' without '}'"},
        {"/a}", "'}' without '{'"},
        {"/{}", "has no name"},
        {'/' + std::string(257, 'a'), "more than 256 bytes"},
        {seventeen, "more than 16 parameters"},
    };
    for (const auto& [path, says] : rows)
        BOOST_TEST(route_table::check_template(path).find(says) != std::string::npos, "'" << path << "': " << route_table::check_template(path));
    for (const std::string path : {"/", "/a", "/a/", "/{a}{b}", "/a:b", "/<x>", "/%41", "/a b", "/{a.b}", "/{a+}"})
        BOOST_TEST(route_table::check_template(path) == "", path);
    BOOST_TEST((route_table::parameter_names("/{a}/b/{c}.{d}") == std::vector<std::string>{"a", "c", "d"}));
}

BOOST_AUTO_TEST_CASE(going_back_ends_on_hostile_paths) {
    route_table table;
    std::string other;
    for (unsigned shape = 0; shape < 1024; ++shape) {
        route r;
        r.method = "GET";
        for (unsigned bit = 0; bit < 10; ++bit) r.path += (shape >> bit & 1) != 0 ? "/a" : "/{p" + std::to_string(bit) + '}';
        BOOST_TEST_REQUIRE(table.add(std::move(r), other));
    }
    table.seal();
    BOOST_TEST(answer(table, "GET", "/a/a/a/a/a/a/a/a/a/a") == "/a/a/a/a/a/a/a/a/a/a");
    BOOST_TEST(answer(table, "GET", "/a/a/a/a/a/a/a/a/a/a/a") == "404");
    BOOST_TEST(answer(table, "POST", "/a/a/a/a/a/a/a/a/a/a") == "405 GET, HEAD");
    BOOST_TEST(answer(table, "GET", "/a/a/a/a/a/a/a/a/a/b").starts_with("/a/a/a/a/a/a/a/a/a/{p9} b"));
    BOOST_TEST(answer(table, "GET", std::string(8000, '/')) == "404");
}

BOOST_AUTO_TEST_CASE(sixteen_parameters_fit) {
    std::string path;
    std::string request;
    for (int i = 0; i < 16; ++i) {
        path += "/{p" + std::to_string(i) + '}';
        request += "/v" + std::to_string(i);
    }
    const auto table = table_of({"GET " + path});
    const auto m = table.match("GET", request);
    BOOST_TEST_REQUIRE((m.outcome == route_match::kind::found));
    BOOST_TEST(m.parameter_count == 16);
    BOOST_TEST(m.parameters[15] == "v15");
}

BOOST_AUTO_TEST_CASE(an_empty_table_has_nothing) {
    const route_table table;
    BOOST_TEST(answer(table, "GET", "/") == "404");
}

BOOST_AUTO_TEST_CASE(scope_text_is_of_the_first_alternative) {
    route r;
    BOOST_TEST(r.scope_text() == "");
    r.any_of = {{{{"a:read", {}}, {"b:read", {}}}}, {{{"c", {}}}}};
    BOOST_TEST(r.scope_text() == "a:read b:read");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
