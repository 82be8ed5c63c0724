#include "tollgate/model/atom.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(atoms)

BOOST_AUTO_TEST_CASE(numbers_are_kept) {
    atom_table table;
    BOOST_TEST(table.size() == 1u);
    BOOST_TEST((table.find("") == atom::none));
    BOOST_TEST((table.add("") == atom::none));
    const auto acme = table.add("acme"), other = table.add("other");
    BOOST_TEST((acme != other && acme != atom::none));
    BOOST_TEST((table.add("acme") == acme));
    BOOST_TEST((table.find("acme") == acme && !table.find("absent")));
    BOOST_TEST(table.text(acme) == "acme");
    BOOST_TEST(table.text(static_cast<atom>(99)) == "");
    BOOST_TEST(table.size() == 3u);
}

BOOST_AUTO_TEST_CASE(texts_of_any_bytes) {
    atom_table table;
    const std::string odd("a\0b", 3);
    const auto a = table.add(odd), b = table.add("a");
    BOOST_TEST((a != b));
    BOOST_TEST(table.text(a) == odd);
}

BOOST_AUTO_TEST_CASE(loading_restores_numbers) {
    atom_table first, second;
    for (const char* t : {"x", "y", "z"}) first.add(t);
    for (std::uint32_t n = 1; n < first.size(); ++n) second.load(static_cast<atom>(n), first.text(static_cast<atom>(n)));
    for (const char* t : {"x", "y", "z"}) BOOST_TEST((second.find(t) == first.find(t)), t);
    BOOST_TEST((second.add("w") == static_cast<atom>(4)));
}

BOOST_AUTO_TEST_CASE(many_are_loaded_by_several_threads) {
    atom_table table;
    table.load(static_cast<atom>(1), "first");
    constexpr std::uint32_t to = 20'000, parts = 4;
    table.reserve(to);
    {
        std::vector<std::jthread> loaders;
        for (std::uint32_t part = 0; part < parts; ++part)
            loaders.emplace_back([&table, from = std::max(2u, part * (to / parts)), end = (part + 1) * (to / parts)] {
                for (auto n = from; n < end; ++n) table.put(n, "text " + std::to_string(n));
                table.know(from, end);
            });
        BOOST_TEST(table.size() == 2u);
        BOOST_TEST(table.text(static_cast<atom>(2)) == "");
    }
    table.grow(to);
    BOOST_TEST(table.size() == to);
    std::uint32_t wrong = 0;
    for (std::uint32_t n = 2; n < to; ++n) {
        const auto text = "text " + std::to_string(n);
        wrong += table.find(text) != static_cast<atom>(n) || table.text(static_cast<atom>(n)) != text;
    }
    BOOST_TEST(wrong == 0u);
    BOOST_TEST((table.find("first") == static_cast<atom>(1)));
    BOOST_TEST((table.add("behind") == static_cast<atom>(to)));
    table.reserve(to + 2);
    table.put(to + 1, "of no use");
    table.know(to + 1, to + 2);
    table.forget_those_to_come();
    BOOST_TEST(!table.find("of no use"));
    BOOST_TEST((table.find("behind") == static_cast<atom>(to)));
}

// Many more than one chunk of the table; texts that were handed out stay where they are.
BOOST_AUTO_TEST_CASE(texts_do_not_move) {
    atom_table table;
    const auto first = table.text(table.add("first"));
    const auto* const place = first.data();
    for (int i = 0; i < 20'000; ++i) table.add("text " + std::to_string(i));
    BOOST_TEST((table.text(*table.find("first")).data() == place));
    BOOST_TEST(table.text(*table.find("text 19999")) == "text 19999");
    BOOST_TEST(table.size() == 20'002u);
}

BOOST_AUTO_TEST_CASE(read_while_it_grows) {
    atom_table table;
    constexpr std::uint32_t count = 10'000;
    std::uint32_t wrong = 0;
    std::thread reader([&table, &wrong] {
        for (std::uint32_t seen = 0; seen < count;) {
            seen = table.size();
            const auto n = seen - 1;
            wrong += table.text(static_cast<atom>(n)) != (n == 0 ? "" : std::to_string(n));
        }
    });
    for (std::uint32_t n = 1; n < count; ++n) table.add(std::to_string(n));
    reader.join();
    BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
