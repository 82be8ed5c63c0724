#include "tollgate/model/scope_set.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(scope_sets)

namespace {

scope_set set_of(std::initializer_list<scope_number> numbers) {
    scope_set s;
    for (const auto n : numbers) s.add(n);
    return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(members) {
    const auto s = set_of({0, 63, 64, 511});
    for (const auto n : std::initializer_list<scope_number>{0, 63, 64, 511}) BOOST_TEST(s.has(n), n);
    for (const auto n : std::initializer_list<scope_number>{1, 62, 65, 127, 510, 512, 575, 65535}) BOOST_TEST(!s.has(n), n);
    std::vector<scope_number> seen;
    s.each([&](scope_number n) { seen.push_back(n); });
    BOOST_TEST(seen == (std::vector<scope_number>{0, 63, 64, 511}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(relations) {
    struct row {
        scope_set a, b;
        bool meets, within;
    };
    const row rows[] = {
        {{}, {}, false, true},
        {{}, set_of({1}), false, true},
        {set_of({1}), {}, false, false},
        {set_of({1}), set_of({1}), true, true},
        {set_of({1}), set_of({1, 500}), true, true},
        {set_of({1, 500}), set_of({1}), true, false},
        {set_of({1}), set_of({65}), false, false},
        {set_of({500, 3}), set_of({500, 4}), true, false},
    };
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        BOOST_TEST(rows[i].a.meets(rows[i].b) == rows[i].meets, i);
        BOOST_TEST(rows[i].b.meets(rows[i].a) == rows[i].meets, i);
        BOOST_TEST(rows[i].a.within(rows[i].b) == rows[i].within, i);
    }
}

BOOST_AUTO_TEST_CASE(union_and_intersection) {
    auto s = set_of({1, 100});
    s |= set_of({100, 400});
    BOOST_TEST((s == set_of({1, 100, 400})));
    s &= set_of({1, 400, 401});
    BOOST_TEST((s == set_of({1, 400})));
    BOOST_TEST(!s.empty());
    s &= scope_set{};
    BOOST_TEST(s.empty());
}

BOOST_AUTO_TEST_SUITE_END()
