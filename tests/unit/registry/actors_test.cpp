// The registry of actors: who is in it, what the index says of them, and that they are never tokens.
#include "acme.hpp"

#include "tollgate/registry/actors.hpp"
#include "tollgate/registry/grant_reader.hpp"

#include <set>

using namespace tollgate;

namespace {

digest key_of(const actor& a) {
    std::string text;
    write_actor_key({a.api, a.tenant, a.environment, a.id}, text);
    return sha256(text);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(actors_test, test::registry_fixture)

BOOST_AUTO_TEST_CASE(an_actor_is_added_found_and_removed_for_ever) {
    std::vector<field_problem> problems;
    const auto made = tokens->add_actor(*of, {"Ada", "live", "t1"}, test::somebody, problems);
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(token_id::parse(made->id, token_id::actor_prefix).has_value());
    BOOST_TEST((tokens->show_actor(made->id).value() == *made));
    auto row = tokens->read(key_of(*made)).value();
    BOOST_REQUIRE(row.has_value());
    BOOST_TEST((row->state == token_state::active && row->api == atom::none), "no token's grant");

    const auto removed = tokens->remove_actor(made->id, test::somebody);
    BOOST_REQUIRE(removed.has_value());
    BOOST_TEST((removed->removed_at && removed->revision > made->revision));
    row = tokens->read(key_of(*made)).value();
    BOOST_TEST((row && row->state == token_state::revoked), "remembered as removed");
    BOOST_TEST(tokens->remove_actor(made->id, test::somebody)->revision == removed->revision, "once is enough");
    BOOST_TEST((tokens->remove_actor(made->id, test::somebody, made->revision).error().kind == errc::conflict));
    BOOST_TEST((tokens->remove_actor("actor_00000000000000000000000000", test::somebody).error().kind == errc::not_found));
    BOOST_TEST((tokens->show_actor("tok_00000000000000000000000000").error().kind == errc::not_found));

    const auto events = tokens->audit(10).value();
    BOOST_REQUIRE(events.size() >= 2u);
    BOOST_TEST(events[0].action == "actor.remove");
    BOOST_TEST(events[1].action == "actor.create");
    BOOST_TEST((events[1].subject == made->id && events[1].api == "acme" && events[1].actor == "operator:0"));
    BOOST_TEST(events[1].details.find("Ada") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_named) {
    const auto without = test::plain();
    const struct {
        const api& of;
        create_actor wish;
        std::string field;  // empty: good
    } rows[] = {
        {*of, {"Ada", "live", "t1"}, ""},
        {*of, {"Ada", "live", ""}, ""},
        {*of, {"", "live", "t1"}, "name"},
        {*of, {std::string(bounds::name_bytes + 1, 'x'), "live", "t1"}, "name"},
        {*of, {"A\nda", "live", "t1"}, "name"},
        {*of, {"Ada", "", "t1"}, "environment"},
        {*of, {"Ada", "moon", "t1"}, "environment"},
        {*of, {"Ada", "live", "t 1 "}, "tenant"},
        {*of, {"Ada", "live", std::string(201, 't')}, "tenant"},
        {*without, {"Ada", "", "t1"}, ""},
        {*without, {"Ada", "live", "t1"}, "environment"},
    };
    for (const auto& r : rows) {
        std::vector<field_problem> problems;
        const auto made = tokens->add_actor(r.of, r.wish, test::somebody, problems);
        BOOST_TEST(made.has_value() == r.field.empty(), r.field);
        BOOST_TEST((problems.empty() ? "" : problems.front().field) == r.field);
    }
}

BOOST_AUTO_TEST_CASE(lists_page_through_what_is_asked_for) {
    std::vector<field_problem> problems;
    std::set<std::string> t1_live, all;
    for (int i = 0; i < 30; ++i) {
        const bool first = i % 3 == 0, live = i % 2 == 0;
        const auto made = tokens->add_actor(*of, {"A" + std::to_string(i), live ? "live" : "test", first ? "t1" : "t2"}, test::somebody, problems);
        BOOST_REQUIRE(made.has_value());
        if (i == 6) {
            BOOST_REQUIRE(tokens->remove_actor(made->id, test::somebody).has_value());
            continue;
        }
        all.insert(made->id);
        if (first && live) t1_live.insert(made->id);
    }
    const auto listed = [&](actor_query query) {
        std::set<std::string> out;
        query.limit = 4;
        do {
            auto page = tokens->list_actors(query).value();
            BOOST_TEST(page.actors.size() <= 4u);
            for (const auto& a : page.actors) BOOST_TEST(out.insert(a.id).second, "no row twice");
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
        return out;
    };
    BOOST_TEST((listed({}) == all));
    BOOST_TEST((listed({.api = "acme"}) == all));
    BOOST_TEST((listed({.api = "acme", .tenant = "t1", .environment = "live"}) == t1_live));
    BOOST_TEST(listed({.api = "acme", .tenant = "t3"}).empty());
    BOOST_TEST(listed({.api = "other"}).empty());
    BOOST_TEST((tokens->list_actors({.cursor = "junk"}).error().kind == errc::invalid));
}

// Whom a thread has met it forgets with the change, as it does a token.
BOOST_AUTO_TEST_CASE(a_removal_reaches_every_thread) {
    std::vector<field_problem> problems;
    const auto made = tokens->add_actor(*of, {"Ada", "live", "t1"}, test::somebody, problems);
    BOOST_REQUIRE(made.has_value());
    const auto key = key_of(*made);
    grant_reader reader(feed, 0);
    BOOST_REQUIRE((reader.begin_read(key) == grant_reader::start::launch));
    BOOST_REQUIRE(reader.finish_read(key, tokens->read(key)));
    BOOST_TEST((reader.find(key).outcome == grant_reader::where::hit));
    BOOST_REQUIRE(tokens->remove_actor(made->id, test::somebody).has_value());
    BOOST_TEST((reader.find(key).outcome == grant_reader::where::must_read));
}

BOOST_AUTO_TEST_SUITE_END()
