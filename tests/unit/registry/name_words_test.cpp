// What `q` finds of a name.
#include "registry/name_words.hpp"

#include "tollgate/base/bounds.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tollgate {

BOOST_AUTO_TEST_SUITE(name_words_test)

BOOST_AUTO_TEST_CASE(a_name_is_listed_by_its_words) {
    using words = std::vector<std::string>;
    BOOST_TEST((name_words("Night shift, night 2") == words{"2", "night", "shift"}));
    BOOST_TEST((name_words("CI") == words{"ci"}));
    BOOST_TEST((name_words("Büro (Köln)") == words{"büro", "köln"}));
    BOOST_TEST(name_words("-- !").empty());
    BOOST_TEST(name_words(std::string(200, 'a')).at(0).size() == bounds::listed_word_bytes);
    std::string many;
    for (int i = 100; i < 200; ++i) many += std::to_string(i) + " ";
    BOOST_TEST(name_words(many).size() == bounds::listed_words);
}

BOOST_AUTO_TEST_CASE(a_query_begins_a_word) {
    struct row {
        const char *name, *q;
        bool begins;
    };
    const row rows[] = {{"Night shift", "ni", true}, {"Night shift", "SHI", true}, {"Night shift", "night sh", true}, {"Night shift", "ight", false},
        {"Night shift", "night  shift", false}, {"a (b) c", "(b", true}, {"a (b) c", "[b", false}, {"deploy-deployer", "deployer", true},
        {"--", "-", true}, {"x", "-", false}, {"Night", "nights", false}};
    for (const auto& r : rows) BOOST_TEST(name_begins(r.name, r.q) == r.begins, r.name << " by " << r.q);
}

// Whatever is found by looking at the name is found by the index, too.
BOOST_AUTO_TEST_CASE(the_first_word_of_a_query_leads_to_the_name) {
    for (const char* name : {"Night shift", "a (b) c", "deploy-deployer", "Büro 7", "x_y"})
        for (std::size_t from = 0; from < std::string_view(name).size(); ++from)
            for (std::size_t size = 1; size <= std::string_view(name).size() - from; ++size) {
                const auto q = std::string_view(name).substr(from, size);
                const auto word = first_word(q);
                if (!name_begins(name, q) || word.empty()) continue;
                const auto words = name_words(name);
                const bool listed = std::any_of(words.begin(), words.end(), [&](const auto& w) { return w.starts_with(word); });
                BOOST_TEST(listed, name << " by " << q);
            }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
