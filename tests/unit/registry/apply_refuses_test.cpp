// Records that are none, and a store that has been tampered with: a change that rests on either is refused whole, and leaves no trace.
#include "planted.hpp"
#include "registry/actor_rows.hpp"
#include "registry/directory_rows.hpp"
#include "registry/grant_codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;
using namespace tollgate::test;

BOOST_FIXTURE_TEST_SUITE(apply_refuses_test, planted_fixture)

BOOST_AUTO_TEST_CASE(what_is_no_record) {
    const std::pair<const char*, std::string> keys[] = {
        {"token", token_key(token_of(1).id)},
        {"actor", actor_key(actor_of(1).id)},
        {"user", user_key(user_of(1).id)},
        {"client", client_key(client_of(1).id)},
        {"authorization", authorization_key(authorization_of(1).id)},
        {"key", mac_key_key(1)},
        {"revoked", revoked_key(id_text(token_id::prefix, 1))},
    };
    for (const auto& [what, key] : keys) {
        for (const char* text : {"", "{", "[]", "7", R"({"id":7})"}) BOOST_TEST(put(key, std::string(text)) == "invalid", what << ": " << text);
        BOOST_TEST(put(key, std::string(R"({"id":"nothing"})")) == "invalid", what);
    }
    BOOST_TEST(put("kind/1", std::string("{}")) == "invalid");
    for (const char* text : {"{", "7", "{}", R"({"api":"acme"})", R"({"api":7,"scope":"s"})", R"({"api":"acme","scope":7})"})
        BOOST_TEST(put("scope/acme/s", std::string(text)) == "invalid", text);
    BOOST_TEST(book->last() == 0u);
}

BOOST_AUTO_TEST_CASE(a_record_stands_under_its_own_key) {
    BOOST_TEST(put(token_key(token_of(2).id), token_of(1)) == "invalid");
    BOOST_TEST(put(actor_key(actor_of(2).id), actor_of(1)) == "invalid");
    BOOST_TEST(put(user_key(user_of(2).id), user_of(1)) == "invalid");
    BOOST_TEST(put(client_key(client_of(2).id), client_of(1)) == "invalid");
    BOOST_TEST(put(authorization_key(authorization_of(2).id), authorization_of(1)) == "invalid");
    BOOST_TEST(put(mac_key_key(2), mac_key{1, june, {}, {}, 0}) == "invalid");
    BOOST_TEST(put(revoked_key(id_text(token_id::prefix, 2)), revoked_of(1, june)) == "invalid");
    auto nameless = token_of(1);
    nameless.id = "tok_short";
    BOOST_TEST(put(token_key(nameless.id), nameless) == "invalid");
}

BOOST_AUTO_TEST_CASE(where_a_record_belongs_never_changes) {
    auto u = user_of(1);
    auto c = client_of(1);
    auto a = actor_of(1);
    auto z = authorization_of(1);
    BOOST_REQUIRE(put(user_key(u.id), u) == "ok" && put(client_key(c.id), c) == "ok" && put(actor_key(a.id), a) == "ok");
    BOOST_REQUIRE(put(authorization_key(z.id), z) == "ok");
    u.api = c.api = a.api = "other";
    BOOST_TEST(put(user_key(u.id), u) == "invalid");
    BOOST_TEST(put(client_key(c.id), c) == "invalid");
    BOOST_TEST(put(actor_key(a.id), a) == "invalid");
    for (auto* field : {&z.api, &z.user, &z.client}) {
        const auto was = std::exchange(*field, "other");
        BOOST_TEST(put(authorization_key(z.id), z) == "invalid");
        *field = was;
    }
}

BOOST_AUTO_TEST_CASE(removed_and_revoked_are_for_ever) {
    auto u = user_of(1);
    auto a = actor_of(1);
    auto z = authorization_of(1);
    u.state = account_state::removed;
    u.removed_at = a.removed_at = z.revoked_at = june;
    u.epoch = z.epoch = 7;
    z.state = token_state::revoked;
    BOOST_REQUIRE(put(user_key(u.id), u) == "ok" && put(actor_key(a.id), a) == "ok" && put(authorization_key(z.id), z) == "ok");
    u.state = account_state::active;
    z.state = token_state::active;
    u.removed_at.reset();
    a.removed_at.reset();
    z.revoked_at.reset();
    u.epoch = z.epoch = z.generation = 1;
    BOOST_REQUIRE(put(user_key(u.id), u) == "ok" && put(actor_key(a.id), a) == "ok" && put(authorization_key(z.id), z) == "ok");
    const auto u2 = user_from_json(book->read(user_key(u.id)).value()->json).value();
    BOOST_TEST((u2.state == account_state::removed && u2.removed_at == june && u2.epoch == 7u));
    BOOST_TEST((actor_from_json(book->read(actor_key(a.id)).value()->json).value().removed_at == june));
    const auto z2 = authorization_from_json(book->read(authorization_key(z.id)).value()->json).value();
    BOOST_TEST((z2.state == token_state::revoked && z2.revoked_at == june && z2.epoch == 7u && z2.generation == 3u));
}

BOOST_AUTO_TEST_CASE(two_tokens_never_have_one_digest) {
    change c;
    for (const int n : {1, 2}) c.puts.push_back({token_key(token_of(n).id), serialize(to_json(token_of(n)))});
    const auto both = book->commit(std::move(c));
    BOOST_TEST((!both && both.error().kind == errc::exists));
    BOOST_TEST(put(token_key(token_of(1).id), token_of(1)) == "ok");
    BOOST_TEST(put(token_key(token_of(2).id), token_of(2)) == "exists");
    auto twice = token_of(3, "three");
    twice.generations.push_back(twice.generations.front());
    twice.generations.back().number = 2;
    BOOST_TEST(put(token_key(twice.id), twice) != "unavailable");
    change apart;
    for (const int n : {4, 5}) apart.puts.push_back({token_key(token_of(n).id), serialize(to_json(token_of(n, n == 4 ? "four" : "five")))});
    BOOST_TEST(book->commit(std::move(apart)).has_value());
}

// Whatever stands in the store under a record's key and is none, or is too short for its revision: nothing is built on it.
BOOST_AUTO_TEST_CASE(a_record_that_cannot_be_read_is_corrupt) {
    for (const auto& junk : {kRevision + "{", kRevision + "[]", std::string("short")}) {
        plant(families::records, token_key(token_of(1).id), junk);
        plant(families::records, actor_key(actor_of(1).id), junk);
        plant(families::records, user_key(user_of(1).id), junk);
        plant(families::records, client_key(client_of(1).id), junk);
        plant(families::records, authorization_key(authorization_of(1).id), junk);
        BOOST_TEST(put(token_key(token_of(1).id), token_of(1)) == "corrupt");
        BOOST_TEST(put(actor_key(actor_of(1).id), actor_of(1)) == "corrupt");
        BOOST_TEST(put(user_key(user_of(1).id), user_of(1)) == "corrupt");
        BOOST_TEST(put(client_key(client_of(1).id), client_of(1)) == "corrupt");
        BOOST_TEST(put(authorization_key(authorization_of(1).id), authorization_of(1)) == "corrupt");
    }
    change c;
    c.puts.push_back({token_key(token_of(2).id), serialize(to_json(token_of(2)))});
    c.conditions.push_back({token_key(token_of(1).id), std::nullopt});
    const auto held = book->commit(std::move(c));
    BOOST_TEST((!held && held.error().kind == errc::corrupt));
    const auto listed = book->scan("token/", {}, [](std::string_view, revision, std::string_view) { return true; });
    BOOST_TEST((!listed && listed.error().kind == errc::corrupt));
    const auto read = book->read(token_key(token_of(1).id));
    BOOST_TEST((!read && read.error().kind == errc::corrupt));
    BOOST_TEST(book->last() == 0u);
}

BOOST_AUTO_TEST_CASE(an_index_row_that_is_none_bars_its_digest) {
    plant(families::index, std::string(digest_key(sha256("one"))), "junk");
    BOOST_TEST(put(token_key(token_of(1).id), token_of(1)) == "corrupt");
    BOOST_TEST(put(token_key(token_of(2, "two").id), token_of(2, "two")) == "ok");
}

// What is not a digest leads nowhere, so that nothing has to be taken from it.
BOOST_AUTO_TEST_CASE(a_stored_digest_that_is_none_bars_nothing) {
    auto was = token_of(1);
    was.generations.front().digest = "no digest";
    plant(families::records, token_key(was.id), kRevision + serialize(to_json(was)));
    BOOST_TEST(put(token_key(was.id), token_of(1)) == "ok");
    BOOST_TEST(db->get(families::index, digest_key(sha256("one"))).value().has_value());
}

BOOST_AUTO_TEST_CASE(rows_that_are_anothers_or_none_bar_users_actors_and_clients) {
    const auto a = actor_of(1);
    const auto u = user_of(1);
    const auto c = client_of(1);
    indexed_grant others;
    others.id.bytes[0] = 7;
    others.state = token_state::active;
    for (const auto& row : {encode_grant(others), std::string("junk")}) {
        const auto* const wanted = row == "junk" ? "corrupt" : "exists";
        for (const auto& key : {actor_digest(a), state_key(u), state_key(c)}) plant(families::index, std::string(digest_key(key)), row);
        BOOST_TEST(put(actor_key(a.id), a) == wanted);
        BOOST_TEST(put(user_key(u.id), u) == wanted);
        BOOST_TEST(put(client_key(c.id), c) == wanted);
    }
    plant(families::index, std::string(digest_key(subject_key("acme", user_of(2).subject))), "junk");
    BOOST_TEST(put(user_key(user_of(2).id), user_of(2)) == "corrupt");
    BOOST_TEST(book->last() == 0u);
}

// Nothing is written into the audit log that was not said, and names are taken without it.
BOOST_AUTO_TEST_CASE(a_change_without_an_event_leaves_no_audit_row) {
    change c;
    c.puts.push_back({"atom/depot", "null"});
    BOOST_REQUIRE(book->commit(std::move(c)));
    BOOST_TEST(!applier.audit_end().has_value());
    BOOST_TEST(applier.numbers().atoms().find("depot").has_value());
}

BOOST_AUTO_TEST_CASE(keys_are_bounded) {
    for (std::uint32_t id = 1; id <= bounds::mac_keys; ++id)
        plant(families::records, mac_key_key(id), kRevision + serialize(to_json(mac_key{id, june, {}, {}, 0})));
    BOOST_REQUIRE(applier.grants().load(*book));
    BOOST_TEST(put(mac_key_key(5000), mac_key{5000, june, {}, {}, 0}) == "full");
    BOOST_TEST(put(mac_key_key(1), mac_key{1, june, june, {}, 0}) == "ok");
    plant(families::records, mac_key_key(7), kRevision + "{");
    const auto loaded = applier.grants().load(*book);
    BOOST_TEST((!loaded && loaded.error().kind == errc::corrupt));
}

// Each revocation takes away a few of those that have ended, whichever change of its group adds it.
BOOST_AUTO_TEST_CASE(revoked_access_tokens_that_have_ended_leave) {
    for (int n = 1; n <= 12; ++n) BOOST_REQUIRE(put(revoked_key(id_text(token_id::prefix, n)), revoked_of(n, {june.us + n})) == "ok");
    const timestamp later{june.us + std::int64_t{30} * 24 * 3'600'000'000};
    std::vector<change> group(4);
    for (int i = 0; i < 4; ++i) {
        const auto r = revoked_of(50 + i, {later.us + 3'600'000'000});
        group[static_cast<std::size_t>(i)].puts.push_back({revoked_key(r.id), serialize(to_json(r))});
        group[static_cast<std::size_t>(i)].event.at = later;
    }
    for (const auto& r : book->commit_each(std::move(group))) BOOST_TEST(r.has_value());
    std::size_t left = 0;
    BOOST_REQUIRE(db->scan(families::listing, revoked_ends(), {}, [&](std::string_view, std::string_view) { return ++left > 0; }));
    BOOST_TEST(left == 4u);
    BOOST_TEST(!book->read(revoked_key(id_text(token_id::prefix, 1))).value().has_value());
    BOOST_TEST(book->read(revoked_key(id_text(token_id::prefix, 50))).value().has_value());
}

// A record that comes along read is not read from its text: what its text could not say is refused all the same.
BOOST_AUTO_TEST_CASE(times_that_no_text_can_say) {
    constexpr timestamp year_10000{253'402'300'800'000'000};
    const std::pair<const char*, void (*)(token&, timestamp)> times[] = {
        {"created", [](token& t, timestamp at) { t.created_at = at; }},
        {"expires", [](token& t, timestamp at) { t.expires_at = at; }},
        {"disabled", [](token& t, timestamp at) { t.disabled_at = at; }},
        {"revoked", [](token& t, timestamp at) { t.revoked_at = at; }},
        {"generation", [](token& t, timestamp at) { t.generations.front().created_at = at; }},
        {"its end", [](token& t, timestamp at) { t.generations.front().ends_at = at; }},
    };
    const auto put_read = [&](const token& t) {
        change c;
        c.puts.push_back({token_key(t.id), serialize(to_json(token_of(1))), std::make_shared<token>(t)});
        c.event.at = june;
        const auto r = book->commit(std::move(c));
        return r ? "ok" : std::string(to_string(r.error().kind));
    };
    for (const auto& [what, set] : times) {
        auto t = token_of(1);
        set(t, year_10000);
        BOOST_TEST(put_read(t) == "invalid", what);
        BOOST_TEST(!book->read(token_key(t.id)).value().has_value(), what);
    }
    BOOST_TEST(put_read(token_of(1)) == "ok");
}

BOOST_AUTO_TEST_CASE(too_many_at_once) {
    std::vector<change> many(bounds::commit_group + 1);
    const auto answers = book->commit_each(std::move(many));
    BOOST_TEST(answers.size() == bounds::commit_group + 1);
    for (const auto& a : answers) BOOST_TEST((!a && a.error().kind == errc::invalid));
}

BOOST_AUTO_TEST_SUITE_END()
