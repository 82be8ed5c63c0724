// What happens to a token between its creation and its end: update, rotate, disable, enable, bulk; with its audit events.
#include "acme.hpp"

#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace tollgate;
using namespace std::chrono_literals;

namespace {

const change_terms terms{test::somebody};

struct fixture : test::registry_fixture {
    std::vector<field_problem> problems;

    result<token> update(const std::string& id, const update_token& wish) { return tokens->update(*of, id, wish, terms, problems); }
    // What the grant of a text says of it now.
    std::string works(const secret& text) const {
        const auto g = read(text);
        if (!g) return "unknown";
        if (g->state != token_state::active) return g->state == token_state::revoked ? "revoked" : "disabled";
        return g->superseded_at.is_set() && g->superseded_at <= time.now() ? "superseded" : "works";
    }
    audit_event last_event() const { return tokens->audit(1).value().at(0); }
    std::size_t events() const { return tokens->audit(1000).value().size(); }
    std::string fields() const {
        std::string out;
        for (const auto& p : problems) out += p.field + ": " + p.what + "\n";
        return out;
    }
};

std::string kind(const auto& r) { return r ? "ok" : std::string(to_string(r.error().kind)); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(changes_test, fixture)

BOOST_AUTO_TEST_CASE(an_update_changes_what_it_names_and_nothing_else) {
    auto w = test::wish("before");
    w.owner = "u-1";
    const auto made = make(w);
    const auto& id = made.record.id;
    auto now = update(id, {.name = "after"});
    BOOST_REQUIRE_MESSAGE(now, fields());
    auto want = made.record;
    want.name = "after";
    want.revision = now->revision;
    BOOST_TEST((*now == want));
    BOOST_TEST(now->revision > made.record.revision);
    BOOST_TEST((tokens->show(id).value() == *now));

    now = update(id, {.scopes = std::vector<std::string>{"crates:write", "crates:write"}, .expires_in = "15d"});
    BOOST_REQUIRE_MESSAGE(now, fields());
    BOOST_TEST((now->scopes == std::vector<std::string>{"crates:write"}));
    BOOST_TEST((now->expires_at == time.now() + 15 * 24h));
    BOOST_TEST(now->name == "after");
    BOOST_TEST((read(made.text)->expires_at == *now->expires_at));
}

BOOST_AUTO_TEST_CASE(an_update_is_held_to_the_contract) {
    auto w = test::wish();
    w.kind = "person";
    const auto made = make(w);
    const std::string too_far = "expires_in: ends in the year 9999 at the latest";
    const struct {
        update_token wish;
        std::string says;
    } rows[] = {
        {{.expires_in = "9000y"}, too_far},
        {{.expires_in = "99999999d"}, too_far},
        {{.name = ""}, "name: a token needs a name"},
        {{.scopes = std::vector<std::string>{}}, "scopes: choose at least one scope"},
        {{.scopes = std::vector<std::string>{"crates:read", "boats:read"}}, "scopes[1]: "},
        {{.expires_in = "31d"}, "expires_in: tokens of kind \"person\" live until"},
        {{.expires_in = "never"}, "expires_in: tokens of kind \"person\" always expire"},
        {{.expires_in = "1d", .expires_at = "2027-01-31T00:00:00Z"}, "expires_at: give expires_in or expires_at"},
        {{.expires_at = "2020-01-31T00:00:00Z"}, "expires_at: must lie in the future"},
    };
    for (const auto& r : rows) {
        BOOST_TEST(kind(update(made.record.id, r.wish)) == "invalid", r.says);
        BOOST_TEST(fields().find(r.says) != std::string::npos, r.says << " in " << fields());
    }
    const auto endless = make(test::wish());  // of a kind without an end
    BOOST_TEST(kind(update(endless.record.id, {.expires_in = "9000y"})) == "invalid");
    BOOST_TEST(fields().find(too_far) != std::string::npos, fields());
    BOOST_TEST((tokens->show(endless.record.id).value() == endless.record));
    BOOST_TEST((tokens->show(made.record.id).value() == made.record));
    BOOST_TEST(kind(tokens->update(*test::plain(), made.record.id, {.name = "x"}, terms, problems)) == "not_found");
    time.advance(24h);  // the longest life counts from the creation
    BOOST_TEST(kind(update(made.record.id, {.expires_in = "30d"})) == "invalid");
    BOOST_TEST(kind(update(made.record.id, {.expires_in = "28d"})) == "ok");
}

BOOST_AUTO_TEST_CASE(what_changes_nothing_leaves_no_trace) {
    const auto made = make();
    const auto before = events();
    BOOST_TEST((update(made.record.id, {}).value() == made.record));
    BOOST_TEST((update(made.record.id, {.name = made.record.name, .scopes = made.record.scopes}).value() == made.record));
    BOOST_TEST((tokens->enable(made.record.id, terms).value() == made.record));
    BOOST_TEST((tokens->finish_grace(made.record.id, terms).value() == made.record));
    const auto off = tokens->disable(made.record.id, terms).value();
    time.advance(1h);
    BOOST_TEST((tokens->disable(made.record.id, terms).value() == off));
    BOOST_TEST(events() == before + 1);
}

BOOST_AUTO_TEST_CASE(disabled_is_reversible_and_revoked_is_not) {
    const auto made = make();
    const auto& id = made.record.id;
    BOOST_TEST((tokens->disable(id, terms)->state == token_state::disabled));
    BOOST_TEST(works(made.text) == "disabled");
    BOOST_TEST(kind(update(id, {.name = "renamed"})) == "ok");
    BOOST_TEST(!tokens->enable(id, terms)->disabled_at.has_value());
    BOOST_TEST(works(made.text) == "works");
    BOOST_REQUIRE(tokens->revoke(id, test::somebody));
    BOOST_TEST(kind(tokens->enable(id, terms)) == "wrong_state");
    BOOST_TEST(kind(tokens->disable(id, terms)) == "wrong_state");
    BOOST_TEST(kind(tokens->rotate(*of, id, terms)) == "wrong_state");
    BOOST_TEST(kind(update(id, {.name = "back"})) == "wrong_state");
    BOOST_TEST(kind(tokens->enable("tok_00000000000000000000000000", terms)) == "not_found");
    BOOST_TEST(works(made.text) == "revoked");
}

BOOST_AUTO_TEST_CASE(a_rotation_is_one_generation_more) {
    const auto made = make();
    const auto& id = made.record.id;
    const auto second = tokens->rotate(*of, id, terms, lifetime{0, 24h}).value();
    BOOST_TEST(second.record.id == id);
    BOOST_TEST(second.text.reveal().starts_with("ak_live_"));
    BOOST_TEST(second.text.reveal() != made.text.reveal());
    BOOST_REQUIRE(second.record.generations.size() == 2u);
    BOOST_TEST((works(made.text) == "works" && works(second.text) == "works"));
    time.advance(1h);
    const auto third = tokens->rotate(*of, id, terms).value();  // the contract says no grace
    BOOST_TEST((works(made.text) == "works" && works(second.text) == "superseded" && works(third.text) == "works"));
    time.advance(23h - 1us);
    BOOST_TEST(works(made.text) == "works");
    time.advance(1us);
    BOOST_TEST(works(made.text) == "superseded");
    BOOST_TEST(tokens->find_by_secret(third.text.reveal())->id == id);

    const auto fourth = tokens->rotate(*of, id, terms, lifetime{1, 0us}).value();
    BOOST_TEST((works(third.text) == "works" && works(fourth.text) == "works"));
    BOOST_REQUIRE(tokens->finish_grace(id, terms));
    BOOST_TEST((works(third.text) == "superseded" && works(fourth.text) == "works"));
    BOOST_REQUIRE(tokens->revoke(id, test::somebody));
    for (const auto* text : {&made.text, &second.text, &third.text, &fourth.text}) BOOST_TEST(works(*text) == "revoked");
}

BOOST_AUTO_TEST_CASE(a_disabled_token_can_be_given_another_secret) {
    const auto made = make();
    BOOST_REQUIRE(tokens->disable(made.record.id, terms));
    const auto next = tokens->rotate(*of, made.record.id, terms).value();
    BOOST_TEST(works(next.text) == "disabled");
    BOOST_REQUIRE(tokens->enable(made.record.id, terms));
    BOOST_TEST((works(made.text) == "superseded" && works(next.text) == "works"));
}

BOOST_AUTO_TEST_CASE(what_has_expired_stays_so) {
    auto w = test::wish();
    w.expires_in = "1h";
    const auto made = make(w);
    time.advance(1h);
    const auto& id = made.record.id;
    BOOST_TEST(kind(tokens->rotate(*of, id, terms)) == "wrong_state");
    BOOST_TEST(kind(tokens->disable(id, terms)) == "wrong_state");
    BOOST_TEST(kind(update(id, {.expires_in = "1d"})) == "wrong_state");
    BOOST_TEST(kind(update(id, {.name = "old"})) == "ok");
    BOOST_TEST(kind(tokens->revoke(id, test::somebody)) == "ok");
}

BOOST_AUTO_TEST_CASE(terms_are_asked_of_the_record_as_it_stands) {
    const auto made = make();
    const auto& id = made.record.id;
    change_terms old{test::somebody, made.record.revision};
    BOOST_REQUIRE(update(id, {.name = "ahead"}));
    BOOST_TEST(kind(tokens->disable(id, old)) == "conflict");
    BOOST_TEST(kind(tokens->rotate(*of, id, old)) == "conflict");
    BOOST_TEST(kind(tokens->update(*of, id, {.name = "late"}, old, problems)) == "conflict");
    change_terms guarded{test::somebody};
    std::string asked;
    guarded.allowed = [&](const token& t) -> result<void> {
        asked = t.name;
        return failure{errc::refused, "no"};
    };
    BOOST_TEST(kind(tokens->rotate(*of, id, guarded)) == "refused");
    BOOST_TEST(asked == "ahead");
}

BOOST_AUTO_TEST_CASE(events_say_what_was_and_what_is) {
    const auto made = make(test::wish("before"));
    const auto& id = made.record.id;
    const auto details = [&] { return json::parse(last_event().details); };
    BOOST_REQUIRE(update(id, {.name = "after"}));
    BOOST_TEST(last_event().action == "token.update");
    BOOST_TEST(last_event().actor == "operator:0");
    BOOST_TEST(last_event().subject == id);
    BOOST_TEST(last_event().details == R"({"before":{"name":"before"},"after":{"name":"after"}})");
    BOOST_REQUIRE(tokens->disable(id, terms));
    BOOST_TEST(last_event().action == "token.disable");
    BOOST_TEST(details().at("before").at("state").as_string() == "active");
    BOOST_TEST(details().at("after").at("state").as_string() == "disabled");
    BOOST_REQUIRE(tokens->enable(id, terms));
    BOOST_TEST(last_event().action == "token.enable");
    const auto next = tokens->rotate(*of, id, terms, lifetime{0, 1h}).value();
    BOOST_TEST(last_event().action == "token.rotate");
    BOOST_TEST(details().at("before").at("generations").as_array().size() == 1u);
    BOOST_TEST(details().at("before").at("generations").at(0).at("ends_at").is_null());
    BOOST_TEST(details().at("after").at("generations").as_array().size() == 2u);
    BOOST_TEST(details().at("after").at("generations").at(1).at("number").to_number<int>() == 2);
    BOOST_REQUIRE(tokens->finish_grace(id, terms));
    BOOST_TEST(last_event().action == "token.finish_grace");
    for (const auto& e : tokens->audit(100).value()) {
        BOOST_TEST(e.details.find("digest") == std::string::npos);
        BOOST_TEST(e.details.find(next.text.reveal()) == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(many_are_counted_and_then_revoked) {
    std::vector<created_token> made;
    for (int i = 0; i < 600; ++i) {
        auto w = test::wish("n" + std::to_string(i));
        w.owner = i % 2 == 0 ? "u-even" : "u-odd";
        w.tenant = i < 400 ? "t-1" : "t-2";
        made.push_back(make(w));
    }
    BOOST_REQUIRE(tokens->revoke(made[0].record.id, test::somebody));
    bulk_revocation which{.owner = "u-even", .tenant = "t-1", .count_only = true};
    BOOST_TEST(tokens->revoke_all(which, test::somebody)->matched == 199u);
    BOOST_TEST(works(made[2].text) == "works");
    which.issued_before = made[100].record.created_at;
    BOOST_TEST(tokens->revoke_all(which, test::somebody)->matched == 49u);
    which.issued_before.reset();
    which.reached = [&](const token& t) { return t.id != made[4].record.id; };
    which.count_only = false;
    which.expected = 199;
    BOOST_TEST(kind(tokens->revoke_all(which, test::somebody)) == "conflict");
    BOOST_TEST(works(made[2].text) == "works");
    which.expected = 198;
    const auto before = events();
    const auto done = tokens->revoke_all(which, test::somebody).value();
    BOOST_TEST((done.matched == 198u && done.revoked == 198u));
    BOOST_TEST(events() == before + 198);
    for (std::size_t i = 0; i < made.size(); ++i) {
        const bool gone = i == 0 || (i % 2 == 0 && i < 400 && i != 4);
        BOOST_TEST(works(made[i].text) == (gone ? "revoked" : "works"), i);
    }
    BOOST_TEST(tokens->revoke_all({.owner = "u-even", .tenant = "t-1"}, test::somebody)->revoked == 1u);
}

BOOST_AUTO_TEST_CASE(what_ends_soon_is_listed_by_its_end) {
    std::vector<std::string> ids;
    for (const int days : {9, 2, 5, 30}) {
        auto w = test::wish("d" + std::to_string(days));
        w.expires_in = std::to_string(days) + "d";
        ids.push_back(make(w).record.id);
    }
    make();  // never ends
    const auto gone = make([] {
        auto w = test::wish();
        w.expires_in = "1d";
        return w;
    }());
    BOOST_REQUIRE(tokens->revoke(gone.record.id, test::somebody));
    token_query query{.api = "acme", .expires_before = time.now() + 14 * 24h};
    std::string names;
    for (query.limit = 1;;) {
        const auto page = tokens->list(query).value();
        for (const auto& t : page.tokens) names += t.name + " ";
        query.cursor = page.next_cursor;
        if (query.cursor.empty()) break;
    }
    BOOST_TEST(names == "d2 d5 d9 ");
    query = {.expires_before = time.now() + 14 * 24h};
    BOOST_TEST(tokens->list(query)->tokens.size() == 3u);
    for (const char* bad : {"nonsense", "tok_00000000000000000000000000", "tok_00000000000000000000000000.zz"}) {
        query = {.api = "acme", .expires_before = time.now(), .cursor = bad};
        BOOST_TEST(kind(tokens->list(query)) == "invalid", bad);
    }
}

BOOST_AUTO_TEST_CASE(a_page_that_takes_long_is_a_short_one) {
    std::vector<std::string> made, listed;
    for (int i = 0; i < 20; ++i) made.push_back(make(test::wish("t" + std::to_string(i))).record.id);
    token_query query{.api = "acme"};
    query.keep = [&](const token&) {
        time.advance(std::chrono::milliseconds(1));  // a slow disk
        return true;
    };
    std::size_t pages = 0;
    do {
        const auto page = tokens->list(query).value();
        BOOST_TEST(page.tokens.size() <= 6u);
        for (const auto& t : page.tokens) listed.push_back(t.id);
        query.cursor = page.next_cursor;
        ++pages;
    } while (!query.cursor.empty());
    std::sort(listed.begin(), listed.end());
    BOOST_TEST(listed == made, boost::test_tools::per_element());
    BOOST_TEST(pages == 4u);
}

BOOST_AUTO_TEST_CASE(a_name_with_two_words_that_begin_alike_is_listed_once) {
    for (const char* name : {"deploy deployer", "deployer", "the deploy", "other"}) make(test::wish(name));
    for (const std::size_t limit : {1u, 2u, 100u}) {
        token_query query{.api = "acme", .q = "dep"};
        query.limit = limit;
        std::vector<std::string> names;
        do {
            const auto page = tokens->list(query).value();
            for (const auto& t : page.tokens) names.push_back(t.name);
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
        std::sort(names.begin(), names.end());
        BOOST_TEST((names == std::vector<std::string>{"deploy deployer", "deployer", "the deploy"}), limit);
    }
}

// Everybody's change happens, one after the other, and the record and the log tell the same story.
BOOST_AUTO_TEST_CASE(changes_at_once_have_one_order) {
    constexpr int threads = 32;
    const auto made = make();
    const auto& id = made.record.id;
    std::vector<std::thread> all;
    std::atomic<int> rotated{0}, wrong{0};
    for (int i = 0; i < threads; ++i)
        all.emplace_back([&, i] {
            if (i % 4 == 0) {
                wrong += tokens->disable(id, terms) ? 0 : 1;
            } else if (i % 4 == 1) {
                wrong += tokens->enable(id, terms) ? 0 : 1;
            } else {
                const bool done = tokens->rotate(*of, id, terms).has_value();
                rotated += done ? 1 : 0;
                wrong += done ? 0 : 1;
            }
        });
    for (auto& t : all) t.join();
    BOOST_TEST(wrong == 0);
    const auto record = tokens->show(id).value();
    BOOST_TEST(record.generations.size() == 1u + static_cast<std::size_t>(rotated.load()));
    std::string state = "active";
    std::size_t rotations = 0;
    auto log = tokens->audit(1000).value();
    std::reverse(log.begin(), log.end());  // oldest first
    for (const auto& e : log) {
        if (e.action == "token.rotate") ++rotations;
        if (e.action != "token.disable" && e.action != "token.enable") continue;
        const auto details = json::parse(e.details);
        BOOST_TEST(details.at("before").at("state").as_string() == state);
        state = details.at("after").at("state").as_string();
    }
    BOOST_TEST(rotations == static_cast<std::size_t>(rotated.load()));
    BOOST_TEST((state == "active") == (record.state == token_state::active));
}

BOOST_AUTO_TEST_SUITE_END()
