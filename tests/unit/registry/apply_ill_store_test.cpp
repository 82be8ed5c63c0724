// Changes while the store is ill: unreadable, damaged, nearly full. What cannot be looked up is not taken for free, and is said.
#include "planted.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;
using namespace tollgate::test;

namespace {

disk_figures disk;  // as it is said to be
disk_figures disk_as_said(const std::string&) noexcept { return disk; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(apply_ill_store_test, planted_fixture)

// The index cannot be read, and the records can: nothing is taken for free that may be another's.
BOOST_AUTO_TEST_CASE(an_index_that_cannot_be_read_refuses) {
    const struct : record_view {
        result<std::optional<stored_record>> find(std::string_view) const override { return std::optional<stored_record>(); }
    } nothing_before;
    db->close();
    const auto derived = [&](std::string key, std::string json) {
        change c;
        c.puts.push_back({std::move(key), std::move(json)});
        write_batch batch;
        const auto done = applier.derive(1, c, nothing_before, batch);
        BOOST_TEST(batch.count() == 0u);
        return done ? "ok" : std::string(to_string(done.error().kind));
    };
    BOOST_TEST(derived(token_key(token_of(1).id), serialize(to_json(token_of(1)))) == "unavailable");
    BOOST_TEST(derived(actor_key(actor_of(1).id), serialize(to_json(actor_of(1)))) == "unavailable");
    BOOST_TEST(derived(user_key(user_of(1).id), serialize(to_json(user_of(1)))) == "unavailable");
    BOOST_TEST(derived(client_key(client_of(1).id), serialize(to_json(client_of(1)))) == "unavailable");
    BOOST_TEST((ledger::open(*db, families::records, applier, quiet).error().kind == errc::unavailable));
}

// A row that no revocation has made is nobody's end: what stands behind it stays, and nothing is refused for it.
BOOST_AUTO_TEST_CASE(ends_that_are_none_are_left_alone) {
    const auto short_end = revoked_ends() + "end";
    const auto short_id = revoked_ends() + std::string(8, '\0') + "id";
    const timestamp later{june.us + std::int64_t{30} * 24 * 3'600'000'000};
    BOOST_REQUIRE(put(revoked_key(id_text(token_id::prefix, 1)), revoked_of(1, june)) == "ok");
    for (const auto& row : {short_end, short_id}) {
        plant(families::listing, row, "");
        const auto gone = revoked_of(2, later);
        BOOST_TEST(put(revoked_key(gone.id), serialize(to_json(gone)), later) == "ok");
        BOOST_TEST(db->get(families::listing, row).value().has_value());
        BOOST_TEST(applier.grants().load(*book).has_value());
        write_batch batch;
        batch.erase(families::listing, row);
        BOOST_REQUIRE(db->write(batch, true));
    }
}

BOOST_AUTO_TEST_CASE(a_store_whose_place_is_taken_is_not_opened_again) {
    BOOST_REQUIRE(put(token_key(token_of(1).id), token_of(1)) == "ok");
    db->close();
    const auto away = dir.path("away");
    std::filesystem::rename(dir.path(), away);
    write_file(dir.path(), "a file");
    BOOST_TEST(!book->reopen().has_value());
    BOOST_TEST(put(token_key(token_of(1).id), token_of(1)) == "unavailable");
    std::filesystem::remove(dir.path());
    std::filesystem::rename(away, dir.path());
    BOOST_TEST(book->reopen().has_value());
    BOOST_TEST(put(token_key(token_of(1).id), token_of(1)) == "ok");
}

// With the filter over the index, which says no without a look at it, and is told of what comes.
BOOST_AUTO_TEST_CASE(digests_are_vacant_by_the_filter_as_by_the_index) {
    known_digests known(*db, families::index, quiet);
    applier.tell(known);
    known.fill();
    BOOST_REQUIRE(known.wait());
    BOOST_TEST(put(token_key(token_of(1).id), token_of(1)) == "ok");
    BOOST_TEST(known.maybe(sha256("one")));
    BOOST_TEST(put(token_key(token_of(2).id), token_of(2)) == "exists");
    BOOST_TEST(put(user_key(user_of(1).id), user_of(1)) == "ok");
    applier.discarded();
    BOOST_TEST(put(token_key(token_of(2).id), token_of(2)) == "exists");
    BOOST_TEST(book->reopen().has_value());
    BOOST_TEST(put(token_key(token_of(1).id), token_of(1)) == "ok");
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_nearly_full_takes_nothing_new_and_revokes) {
    disk = {100, 10, 1};
    disk_room room(dir.path(), quiet, disk_as_said);
    applier.mind(room);
    const auto act = [&](const char* action, const token& t) {
        change c;
        c.puts.push_back({token_key(t.id), serialize(to_json(t))});
        c.event.action = action;
        const auto r = book->commit(std::move(c));
        return r ? "ok" : std::string(to_string(r.error().kind));
    };
    BOOST_TEST(act("token.create", token_of(1)) == "ok");
    BOOST_TEST(std::filesystem::exists(dir.path() + "/ballast"));
    disk.free_bytes = 9;
    BOOST_TEST(act("token.create", token_of(2, "two")) == "unavailable");
    BOOST_TEST(act("token.import", token_of(2, "two")) == "unavailable");
    auto gone = token_of(1);
    gone.state = token_state::revoked;
    BOOST_TEST(act("token.revoke", gone) == "ok");
    BOOST_TEST(std::filesystem::exists(dir.path() + "/ballast"));
    disk.free_bytes = 0;
    BOOST_TEST(act("token.revoke", gone) == "ok");
    BOOST_TEST(!std::filesystem::exists(dir.path() + "/ballast"));
    disk.free_bytes = 100;
    BOOST_TEST(act("token.create", token_of(2, "two")) == "ok");
    BOOST_TEST(std::filesystem::exists(dir.path() + "/ballast"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_loaded_is_said) {
    BOOST_REQUIRE(put(token_key(token_of(1).id), token_of(1)) == "ok");
    const auto head = db->get(families::facts, audit_head_key).value().value();
    plant(families::facts, std::string(audit_head_key), "short");
    BOOST_TEST((applier.load().error().kind == errc::corrupt));
    plant(families::facts, std::string(audit_head_key), head);
    BOOST_TEST(applier.load().has_value());
    plant(families::numbers, atom_key(atom{9999}), "far away");
    BOOST_TEST((applier.load().error().kind == errc::corrupt));
    db->close();
    BOOST_TEST((applier.load().error().kind == errc::unavailable));
    BOOST_TEST((applier.grants().load(*book).error().kind == errc::unavailable));
    BOOST_TEST((ledger::newest(*db, families::records).error().kind == errc::unavailable));
}

// A block of a table that does not verify: of two facts the first, or only the second, since the first is in memory anew.
BOOST_AUTO_TEST_CASE(facts_that_are_damaged_on_disk_are_corrupt) {
    BOOST_REQUIRE(put(user_key(user_of(1).id), user_of(1)) == "ok");
    const auto head = db->get(families::facts, audit_head_key).value().value();
    book.reset();
    BOOST_REQUIRE(db->write_out(0));
    db->close();
    bool damaged = false;
    for (const auto& table : files_of(dir.path(), ".sst")) {
        auto bytes = read_file(table);
        const auto at = bytes.find(last_user_key);
        if (at == std::string::npos) continue;
        bytes[at] ^= 1;
        write_file(table, bytes);
        damaged = true;
    }
    BOOST_REQUIRE(damaged);
    BOOST_REQUIRE(db->reopen());
    BOOST_TEST((applier.load().error().kind == errc::corrupt));
    plant(families::facts, std::string(audit_head_key), head);
    BOOST_TEST((applier.load().error().kind == errc::corrupt));
    plant(families::facts, std::string(last_user_key), "1");
    BOOST_TEST(applier.load().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
