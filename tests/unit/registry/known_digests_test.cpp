// known_digests: what was ever added is known, at any moment; what was not is mostly not read.
#include "tollgate/registry/known_digests.hpp"

#include "acme.hpp"
#include "registry/digest_filter.hpp"
#include "tollgate/model/holder.hpp"
#include "tollgate/registry/grant_reader.hpp"

#include <boost/test/unit_test.hpp>

namespace tollgate::test {
namespace {

digest numbered(std::size_t n) { return sha256("digest " + std::to_string(n)); }

std::size_t strangers_let_through(const auto& filter, std::size_t asked) {
    std::size_t let = 0;
    for (std::size_t i = 0; i < asked; ++i) let += filter.maybe(sha256("stranger " + std::to_string(i))) ? 1u : 0u;
    return let;
}

struct an_index {
    scratch dir;
    null_log quiet;
    std::unique_ptr<database> db;
    an_index() { open(); }
    void open() {
        db.reset();
        database_options o;
        o.path = dir.path();
        o.families = {{.name = "default", .point_lookups = true}};
        auto opened = database::open(o, quiet);
        db = std::move(*opened);
    }
    void put(std::size_t from, std::size_t to, known_digests* told = nullptr) {
        write_batch batch;
        for (auto i = from; i < to; ++i) {
            const auto key = numbered(i);
            if (told != nullptr) told->add(key);
            batch.put(0, {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()}, "row");
        }
        BOOST_REQUIRE(db->write(batch, false).has_value());
        if (told != nullptr) told->group_ended();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(known_digests_test)

BOOST_AUTO_TEST_CASE(a_filter_never_denies_and_seldom_errs) {
    constexpr std::size_t count = 50'000;
    digest_filter filter(count);
    BOOST_TEST(strangers_let_through(filter, 1000) == 0u);
    for (std::size_t i = 0; i < count; ++i) filter.add(numbered(i));
    std::size_t missing = 0;
    for (std::size_t i = 0; i < count; ++i) missing += filter.maybe(numbered(i)) ? 0u : 1u;
    BOOST_TEST(missing == 0u);
    BOOST_TEST(strangers_let_through(filter, 50'000) < 1000u);  // 2 %
}

BOOST_FIXTURE_TEST_CASE(it_is_filled_from_what_is_there, an_index) {
    for (const std::size_t count : {100u, 40'000u}) {  // at once; by a thread
        put(0, count);
        known_digests known(*db, 0, quiet);
        BOOST_TEST(known.maybe(sha256("stranger")));  // before it has looked
        known.fill();
        BOOST_TEST(known.wait());
        std::size_t missing = 0;
        for (std::size_t i = 0; i < count; ++i) missing += known.maybe(numbered(i)) ? 0u : 1u;
        BOOST_TEST(missing == 0u);
        BOOST_TEST(strangers_let_through(known, 10'000) < 200u);
    }
}

// Tables of before have not been looked into yet when the filter's size is chosen.
BOOST_FIXTURE_TEST_CASE(it_is_large_enough_for_a_store_that_was_opened_again, an_index) {
    put(0, 40'000);
    BOOST_REQUIRE(db->write_out(0).has_value());
    open();
    known_digests known(*db, 0, quiet, 100);
    known.fill();
    BOOST_TEST(known.wait());
    BOOST_TEST(strangers_let_through(known, 10'000) < 200u);
}

// Asked while it grows from a hundred to many: nothing that was written is ever denied.
BOOST_FIXTURE_TEST_CASE(it_grows_and_forgets_nothing_on_the_way, an_index) {
    known_digests known(*db, 0, quiet, 100);
    known.fill();
    std::size_t denied = 0;
    constexpr std::size_t groups = 300, each = 100;
    for (std::size_t g = 0; g < groups; ++g) {
        put(g * each, (g + 1) * each, &known);
        for (std::size_t i = 0; i < (g + 1) * each; i += 7) denied += known.maybe(numbered(i)) ? 0u : 1u;
    }
    BOOST_TEST(denied == 0u);
    BOOST_TEST(known.wait());
    for (std::size_t i = 0; i < groups * each; ++i) denied += known.maybe(numbered(i)) ? 0u : 1u;
    BOOST_TEST(denied == 0u);
    BOOST_TEST(strangers_let_through(known, 10'000) < 200u);
}

// A fill that the store's end broke off begins again with the next opening; until then everything may be there.
BOOST_FIXTURE_TEST_CASE(a_store_that_was_away_is_looked_through_again, an_index) {
    put(0, 50'000);
    known_digests known(*db, 0, quiet);
    db->close();
    known.fill();
    BOOST_TEST(!known.wait());
    BOOST_TEST(known.maybe(sha256("stranger")));
    BOOST_REQUIRE(db->reopen().has_value());
    known.fill();
    BOOST_TEST(known.wait());
    BOOST_TEST(known.maybe(numbered(49'999)));
    BOOST_TEST(!known.maybe(sha256("stranger")));
    put(50'000, 50'001, &known);
    BOOST_TEST(known.maybe(numbered(50'000)));
    // As a process does that had the store meanwhile.
    put(50'001, 50'002);
    db->close();
    BOOST_REQUIRE(db->reopen().has_value());
    known.fill();
    BOOST_TEST(known.wait());
    BOOST_TEST(known.maybe(numbered(50'001)));
    BOOST_TEST(!known.maybe(sha256("stranger")));
}

// A token that nobody issued is refused without a read, one that somebody did is looked up.
BOOST_FIXTURE_TEST_CASE(a_reader_reads_what_may_be_there, registry_fixture) {
    grant_reader reader(feed, 0, 100, &tokens->known());
    const auto made = make();
    const auto key = sha256(made.text.reveal());
    BOOST_TEST((reader.find(key).outcome == grant_reader::where::must_read));
    BOOST_TEST((reader.find(sha256("nobody's")).outcome == grant_reader::where::absent));
    BOOST_TEST((reader.find(holder_key({holder_kind::token, *token_id::parse(made.record.id)})).outcome == grant_reader::where::must_read));
    tokens->close();
    BOOST_REQUIRE(tokens->reopen().has_value());
    grant_reader again(feed, 0, 100, &tokens->known());
    BOOST_TEST((again.find(key).outcome == grant_reader::where::must_read));
    BOOST_TEST((again.find(sha256("nobody's")).outcome == grant_reader::where::absent));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
