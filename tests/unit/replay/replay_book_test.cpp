// Claims and kept answers, step by step: what a repeat is told at each moment of the first request's life, and after a restart.
#include "tollgate/replay/replay_book.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/store/local_database.hpp"

#include "unit/store/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>
#include <vector>

using namespace tollgate;
using outcome = tollgate::replay_book::outcome;

BOOST_AUTO_TEST_SUITE(replay_book_steps)

namespace {

using std::chrono::hours;

const kept_answer answer{false, 201, "Created", "X-A: 1\r\nX-A: 2\r\n", std::string("body\0of it", 10)};

std::string_view bytes_of(const digest& d) { return {reinterpret_cast<const char*>(d.bytes.data()), d.bytes.size()}; }

// A node: its directory, its clock, and a book that can be closed and opened again.
struct node {
    node() { start('m'); }
    void start(char master) {
        book.reset();
        rows.reset();
        rows = open_local(dir.path(""), 1 << 20, time, quiet, nullptr).value();
        book = std::make_unique<replay_book>(replay_book::dependencies{*rows, time, random, quiet}, secret(std::string(32, master)));
    }
    replay_claim wish(std::string_view key, std::string_view body = "body") const {
        replay_claim c;
        c.key = replay_key("acme", "live", "token:1", "POST", "/things?x=1", key);
        c.fingerprint = replay_fingerprint("POST", "/things?x=1", "text/plain", body);
        c.api = "acme";
        c.keep = hours(24);
        return c;
    }
    outcome claim(replay_claim c) { return book->claim(c, kept); }
    // The first with its key, claimed.
    replay_claim first(std::string_view key) {
        auto c = wish(key);
        BOOST_TEST((book->claim(c, kept) == outcome::claimed));
        return c;
    }

    test::scratch dir;
    manual_clock time{{1'700'000'000'000'000}};
    null_log quiet;
    os_random random;
    std::unique_ptr<database> rows;
    std::unique_ptr<replay_book> book;
    kept_answer kept;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_repeat_is_told_what_is_known) {
    node n;
    const auto c = n.first("k");
    BOOST_TEST((n.claim(n.wish("k")) == outcome::in_progress));
    BOOST_TEST((n.claim(n.wish("k", "another body")) == outcome::mismatch));
    BOOST_TEST((n.claim(n.wish("another key")) == outcome::claimed));
    n.book->complete(c, answer);
    for (int i = 0; i < 2; ++i) {
        n.kept = {};
        BOOST_TEST((n.claim(n.wish("k")) == outcome::answered));
        BOOST_TEST((n.kept == answer));
    }
    BOOST_TEST((n.claim(n.wish("k", "another body")) == outcome::mismatch));
}

BOOST_AUTO_TEST_CASE(a_claim_ends_in_one_of_four_ways) {
    const struct {
        const char* note;
        void (*end)(replay_book&, const replay_claim&);
        outcome later, after_restart;
    } rows[] = {
        {"answered", [](replay_book& b, const replay_claim& c) { b.complete(c, answer); }, outcome::answered, outcome::answered},
        {"too large", [](replay_book& b, const replay_claim& c) { b.complete_too_large(c); }, outcome::too_large, outcome::too_large},
        {"unknown", [](replay_book& b, const replay_claim& c) { b.forget(c); }, outcome::unknown_outcome, outcome::unknown_outcome},
        {"released", [](replay_book& b, const replay_claim& c) { b.release(c); }, outcome::claimed, outcome::unknown_outcome},
        {"not at all", [](replay_book&, const replay_claim&) {}, outcome::in_progress, outcome::unknown_outcome},
    };
    for (const auto& r : rows) {
        node n;
        r.end(*n.book, n.first("k"));
        BOOST_TEST((n.claim(n.wish("k")) == r.later), r.note);
        n.start('m');
        BOOST_TEST((n.claim(n.wish("k")) == r.after_restart), r.note << " after a restart");
    }
}

// 24 hours from first use, whatever came of it; not from its answer.
BOOST_AUTO_TEST_CASE(a_key_is_free_again_when_its_time_is_over) {
    node n;
    const auto c = n.first("answered");
    n.book->forget(n.first("unknown"));
    n.time.advance(hours(1));
    n.book->complete(c, answer);
    n.time.advance(hours(23) - std::chrono::microseconds(1));
    BOOST_TEST((n.claim(n.wish("answered")) == outcome::answered));
    BOOST_TEST((n.claim(n.wish("unknown")) == outcome::unknown_outcome));
    n.time.advance(std::chrono::microseconds(1));
    BOOST_TEST((n.claim(n.wish("answered", "another body")) == outcome::claimed));
    BOOST_TEST((n.claim(n.wish("unknown")) == outcome::claimed));
}

BOOST_AUTO_TEST_CASE(an_answer_opens_only_in_its_own_row_and_under_its_own_key) {
    node n;
    n.book->complete(n.first("k"), answer);
    n.book->complete(n.first("other"), answer);
    const auto row = n.rows->get(local_families::replay, bytes_of(n.wish("k").key)).value().value();
    BOOST_TEST(row.find("body") == std::string::npos, "it lies there in clear");
    write_batch moved;
    moved.put(local_families::replay, bytes_of(n.wish("other").key), row);
    BOOST_TEST(n.rows->write(moved, false).has_value());
    BOOST_TEST((n.claim(n.wish("other")) == outcome::unknown_outcome));
    auto other_api = n.wish("k");
    other_api.api = "another";
    BOOST_TEST((n.claim(other_api) == outcome::unknown_outcome));
    BOOST_TEST((n.claim(n.wish("k")) == outcome::answered));
    n.start('x');
    BOOST_TEST((n.claim(n.wish("k")) == outcome::unknown_outcome));
}

BOOST_AUTO_TEST_CASE(rows_of_another_build_are_not_written_over) {
    node n;
    for (const std::string& row : {std::string("x"), std::string(8, '\xff') + std::string("\x02\x01", 2) + std::string(32, 'f')}) {
        write_batch strange;
        strange.put(local_families::replay, bytes_of(n.wish("k").key), row);
        BOOST_TEST(n.rows->write(strange, false).has_value());
        BOOST_TEST((n.claim(n.wish("k")) == outcome::unknown_outcome));
        BOOST_TEST((n.rows->get(local_families::replay, bytes_of(n.wish("k").key)).value() == row));
    }
}

BOOST_AUTO_TEST_CASE(a_closed_store_lets_nobody_be_the_first) {
    node n;
    const auto c = n.first("k");
    n.rows->close();
    BOOST_TEST((n.claim(n.wish("another")) == outcome::unavailable));
    n.book->complete(c, answer);  // cannot be kept
    BOOST_TEST(n.rows->reopen().has_value());
    BOOST_TEST((n.claim(n.wish("k")) == outcome::unknown_outcome));
    BOOST_TEST((n.claim(n.wish("another")) == outcome::claimed));
}

// What makes a key the same key, and a request the same request: every part counts, and none runs into the next.
BOOST_AUTO_TEST_CASE(keys_and_fingerprints) {
    const auto key = replay_key("a", "b", "c", "d", "e", "f");
    BOOST_TEST((key == replay_key("a", "b", "c", "d", "e", "f")));
    for (const auto& other : {replay_key("x", "b", "c", "d", "e", "f"), replay_key("a", "x", "c", "d", "e", "f"),
             replay_key("a", "b", "x", "d", "e", "f"), replay_key("a", "b", "c", "x", "e", "f"), replay_key("a", "b", "c", "d", "x", "f"),
             replay_key("a", "b", "c", "d", "e", "x"), replay_key("ab", "", "c", "d", "e", "f")})
        BOOST_TEST((other != key));
    const auto request = replay_fingerprint("a", "b", "c", "d");
    for (const auto& other : {replay_fingerprint("x", "b", "c", "d"), replay_fingerprint("a", "x", "c", "d"), replay_fingerprint("a", "b", "x", "d"),
             replay_fingerprint("a", "b", "c", "x"), replay_fingerprint("a", "b", "cd", "")})
        BOOST_TEST((other != request));
}

BOOST_AUTO_TEST_CASE(no_more_are_held_whole_than_the_bound) {
    node n;
    for (std::size_t i = 0; i < bounds::kept_exchanges; ++i) BOOST_REQUIRE(n.book->enter());
    BOOST_TEST(!n.book->enter());
    n.book->leave();
    BOOST_TEST(n.book->enter());
}

BOOST_AUTO_TEST_CASE(answers_as_bytes) {
    const auto bytes = write_kept_answer(answer);
    BOOST_TEST((read_kept_answer(bytes) == answer));
    const kept_answer ours{true, 204, "", "", ""};
    BOOST_TEST((read_kept_answer(write_kept_answer(ours)) == ours));
    for (std::size_t i = 0; i < bytes.size() - answer.body.size(); ++i) BOOST_TEST(!read_kept_answer(bytes.substr(0, i)), "cut at " << i);
    BOOST_TEST(!read_kept_answer("\x02" + bytes.substr(1)));
}

BOOST_AUTO_TEST_CASE(what_another_process_goes_on_with_is_in_progress_until_it_says_more) {
    node n;
    const auto running = n.first("running"), lost = n.first("lost");
    std::vector<std::pair<digest, digest>> told;
    std::vector<digest> ended;
    n.book->tell(
        [&](const digest& key, const digest& fingerprint) { told.emplace_back(key, fingerprint); }, [&](const digest& key) { ended.push_back(key); });
    BOOST_TEST(told.size() == 2u);

    n.rows->close();
    std::string passed;
    n.rows->pass_writes_to([&](std::string_view operations) {
        passed = operations;
        return result<void>();
    });
    n.book->complete(running, answer);
    BOOST_TEST(!passed.empty());
    BOOST_TEST((ended == std::vector{running.key}));
    BOOST_TEST((n.claim(n.wish("new")) == outcome::unavailable));  // nothing is claimed by a process that has given up its store

    n.start('m');  // as the process that takes over
    for (const auto& [key, fingerprint] : told) n.book->expect(key, fingerprint);
    BOOST_TEST((n.claim(n.wish("running")) == outcome::in_progress));
    BOOST_TEST((n.claim(n.wish("running", "another body")) == outcome::mismatch));
    BOOST_TEST(n.rows->write_passed(passed).has_value());
    n.book->has_ended(running.key);
    BOOST_TEST((n.claim(n.wish("running")) == outcome::answered));
    BOOST_TEST(n.kept.body == answer.body);
    BOOST_TEST((n.claim(n.wish("lost")) == outcome::in_progress));
    n.book->expect_no_more();
    BOOST_TEST((n.claim(n.wish("lost")) == outcome::unknown_outcome));
    BOOST_TEST((lost.key != running.key));
}

BOOST_AUTO_TEST_SUITE_END()
