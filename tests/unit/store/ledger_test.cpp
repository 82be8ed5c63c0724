#include "ledger_fixture.hpp"

#include <sys/resource.h>

#include <csignal>
#include <future>
#include <set>
#include <thread>

using namespace tollgate;
using namespace tollgate::test;

namespace {

boost::test_tools::assertion_result if_permitted(boost::unit_test::test_unit_id) {
    bool permitted = false;
    std::thread([&] { permitted = ::setpriority(PRIO_PROCESS, 0, -15) == 0; }).join();
    return permitted;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ledger_test, ledger_fixture)

BOOST_AUTO_TEST_CASE(conditions_are_checked_against_records) {
    const struct {
        const char* why;
        change what;
        const char* answer;
    } steps[] = {
        {"a new record", put("t/1", "a", {{"t/1", std::nullopt}}), "ok 1"},
        {"exists already", put("t/1", "b", {{"t/1", std::nullopt}}), "conflict"},
        {"the revision that it has", put("t/1", "b", {{"t/1", 1}}), "ok 2"},
        {"an older revision", put("t/1", "c", {{"t/1", 1}}), "conflict"},
        {"a revision that never was", put("t/1", "c", {{"t/1", 9}}), "conflict"},
        {"a revision of what does not exist", put("t/2", "c", {{"t/2", 1}}), "conflict"},
        {"no condition", put("t/1", "d"), "ok 3"},
        {"all must hold", put("t/2", "x", {{"t/2", std::nullopt}, {"t/1", 2}}), "conflict"},
        {"all hold", put("t/2", "x", {{"t/2", std::nullopt}, {"t/1", 3}}), "ok 4"},
    };
    for (const auto& s : steps) BOOST_TEST(told(book->commit(s.what)) == s.answer, s.why);
    BOOST_TEST(text_of("t/1") == "d@3");
    BOOST_TEST(text_of("t/2") == "x@4");
    BOOST_TEST(book->last() == 4u);
    BOOST_TEST(applier.applied_to == 4u);
}

BOOST_AUTO_TEST_CASE(a_refused_change_leaves_no_row_and_takes_no_revision) {
    auto two = put("t/1", "good");
    two.puts.push_back({"t/2", "refuse"});
    BOOST_TEST(told(book->commit(two)) == "exists");
    BOOST_TEST(text_of("t/1") == "(absent)");
    BOOST_TEST(!db->get(derived, "t/1")->has_value());
    BOOST_TEST(told(book->commit(put("t/1", "good"))) == "ok 1");
    BOOST_TEST(**db->get(derived, "t/1") == "1");

    auto twice = put("t/3", "a");
    twice.puts.push_back({"t/3", "b"});
    BOOST_TEST(told(book->commit(twice)) == "invalid");
    change many;
    for (std::size_t i = 0; i <= bounds::change_puts; ++i) many.puts.push_back({"m/" + std::to_string(i), "x"});
    BOOST_TEST(told(book->commit(many)) == "invalid");
    many.puts.pop_back();
    BOOST_TEST(told(book->commit(many)) == "ok 2");
}

BOOST_AUTO_TEST_CASE(the_applier_may_amend_and_sees_what_was) {
    BOOST_REQUIRE(book->commit(put("t/1", "amend")));
    BOOST_TEST(text_of("t/1") == "amended@1");
    BOOST_REQUIRE(book->commit(put("t/1", "before")));
    BOOST_TEST(text_of("t/1") == "amended@1@2");
    BOOST_REQUIRE(book->commit(put("t/2", "before")));
    BOOST_TEST(text_of("t/2") == "nothing@3");
}

// Holds the committer in the first change's applied(), so that the others must share a write.
BOOST_AUTO_TEST_CASE(waiting_changes_share_one_write_and_see_each_other) {
    applier.hold = true;
    auto first = std::async(std::launch::async, [&] { return book->commit(put("first", "x")); });
    applier.held.acquire();
    std::vector<std::future<result<revision>>> same, others;
    for (int i = 0; i < 8; ++i) {
        same.push_back(std::async(std::launch::async, [&] { return book->commit(put("same", "x", {{"same", std::nullopt}})); }));
        others.push_back(std::async(std::launch::async, [&, i] { return book->commit(put("own/" + std::to_string(i), "x")); }));
    }
    auto chain = std::async(std::launch::async, [&] { return book->commit(put("first", "before", {{"first", 1}})); });
    while (book->changes_waiting() < 17) std::this_thread::yield();
    applier.go.release();
    BOOST_TEST(told(first.get()) == "ok 1");
    int won = 0;
    for (auto& f : same) {
        const auto r = f.get();
        if (r) ++won;
        else BOOST_TEST((r.error().kind == errc::conflict));
    }
    BOOST_TEST(won == 1);
    for (auto& f : others) BOOST_TEST(f.get().has_value());
    BOOST_TEST(chain.get().has_value());
    BOOST_TEST(book->last() == 11u);
    BOOST_TEST(applier.applications == 2);
}

BOOST_AUTO_TEST_CASE(of_those_who_change_what_they_have_read_one_wins_each_time) {
    applier.hold = true;
    auto first = std::async(std::launch::async, [&] { return book->commit(put("n", "0")); });
    applier.held.acquire();
    std::vector<std::future<int>> adders;
    for (int i = 0; i < 6; ++i)
        adders.push_back(std::async(std::launch::async, [&] {
            for (;;) {
                const auto now = book->read("n");
                const auto at = (*now)->at;
                const int value = std::stoi((*now)->json);
                const auto r = book->commit(put("n", std::to_string(value + 1), {{"n", at}}));
                if (r) return value + 1;
            }
        }));
    applier.go.release();
    BOOST_REQUIRE(first.get());
    std::set<int> seen;
    for (auto& a : adders) seen.insert(a.get());
    BOOST_TEST(seen.size() == 6u);  // nobody's addition was lost
    BOOST_TEST(text_of("n").substr(0, 1) == "6");
}

BOOST_AUTO_TEST_CASE(what_was_answered_is_there_after_opening_again) {
    for (int i = 1; i <= 20; ++i) BOOST_REQUIRE(book->commit(put("t/" + std::to_string(i), "v")));
    open_again();
    BOOST_TEST(book->last() == 20u);
    BOOST_TEST(text_of("t/20") == "v@20");
    BOOST_TEST(told(book->commit(put("t/21", "v"))) == "ok 21");
}

BOOST_AUTO_TEST_CASE(a_closed_store_is_unavailable_and_nothing_happened) {
    BOOST_REQUIRE(book->commit(put("t/1", "v")));
    db->close();
    BOOST_TEST(told(book->commit(put("t/2", "v"))) == "unavailable");
    BOOST_TEST(told(book->commit(put("t/1", "w", {{"t/1", 1}}))) == "unavailable");
    BOOST_TEST((book->read("t/1").error().kind == errc::unavailable));
    BOOST_REQUIRE(book->reopen());
    BOOST_TEST(applier.reopenings == 1);
    BOOST_TEST(text_of("t/2") == "(absent)");
    const auto next = book->commit(put("t/3", "v"));
    BOOST_REQUIRE(next);
    BOOST_TEST(*next > 1u);
}

// Every byte of the log's last records, damaged: the store is refused, or has everything that was answered.
BOOST_AUTO_TEST_CASE(a_damaged_log_never_opens_without_what_was_answered) {
    for (int i = 1; i <= 10; ++i) BOOST_REQUIRE(book->commit(put("t/" + std::to_string(i), "v")));
    const scratch image;
    std::filesystem::copy(dir.path(), image.path(), std::filesystem::copy_options::recursive);
    const auto wal = test::files_of(image.path(), ".log").front();
    const auto bytes = test::read_file(wal);
    database_options o;
    o.families = {{"default"}, {"derived"}};
    int refused = 0, whole = 0;
    for (std::size_t at = bytes.size() - 160; at < bytes.size(); ++at) {
        const scratch copy;
        o.path = copy.path();
        std::filesystem::copy(image.path(), o.path, std::filesystem::copy_options::recursive);
        auto damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
        test::write_file(std::filesystem::path(o.path) / wal.filename(), damaged);
        const auto opened = database::open(o, quiet);
        if (!opened) {
            ++refused;
            continue;
        }
        recording_applier other;
        const auto again = ledger::open(**opened, records, other, quiet);
        if (!again) {
            ++refused;
            BOOST_TEST((again.error().kind == errc::corrupt));
            continue;
        }
        ++whole;
        BOOST_TEST((*again)->last() == 10u, "byte " << at);
    }
    BOOST_TEST(refused > 150);
    BOOST_TEST(refused + whole == 160);
}

BOOST_AUTO_TEST_CASE(a_store_that_lacks_answered_changes_stays_closed) {
    BOOST_REQUIRE(book->commit(put("t/1", "v")));
    BOOST_TEST(test::read_file(dir.path() + "/answered") == "00000000000000000001");
    db->close();
    test::write_file(dir.path() + "/answered", "00000000000000000002");
    const auto opened = book->reopen();
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().kind == errc::corrupt));
    BOOST_TEST(!db->is_open());
    std::filesystem::resize_file(dir.path() + "/answered", 0);  // an operator's decision to go on without them
    BOOST_TEST(book->reopen().has_value());
    BOOST_TEST(text_of("t/1") == "v@1");
}

BOOST_AUTO_TEST_CASE(the_last_waiting_changes_are_committed_before_it_ends) {
    applier.hold = true;
    auto first = std::async(std::launch::async, [&] { return book->commit(put("first", "x")); });
    applier.held.acquire();
    auto second = std::async(std::launch::async, [&] { return book->commit(put("second", "x")); });
    while (book->changes_waiting() < 1) std::this_thread::yield();
    auto ends = std::async(std::launch::async, [&] { book.reset(); });
    applier.go.release();
    BOOST_TEST(told(first.get()) == "ok 1");
    BOOST_TEST(told(second.get()) == "ok 2");
    ends.get();
    BOOST_TEST(db->get(records, "second")->has_value());
}

// The committer thread has seen that it is to end, and that a caller is at it; nothing else waits.
BOOST_AUTO_TEST_CASE(it_ends_where_only_a_caller_is_at_it) {
    for (int i = 1; i <= 20; ++i) {
        applier.hold = true;
        auto only = std::async(std::launch::async, [&] { return book->commit(put("only", "x")); });
        applier.held.acquire();
        std::atomic<bool> ending{false};
        auto ends = std::async(std::launch::async, [&] {
            ending = true;
            book.reset();
        });
        while (!ending) std::this_thread::yield();
        applier.go.release();
        BOOST_TEST(told(only.get()) == "ok " + std::to_string(i));
        ends.get();
        book = ledger::open(*db, records, applier, quiet).value();
    }
}

// Callers wait for the disk, not for the processor, unless many records are changed.
BOOST_AUTO_TEST_CASE(a_few_changes_go_before_other_work_and_many_do_not, *boost::unit_test::precondition(if_permitted)) {
    const int usual = ::getpriority(PRIO_PROCESS, 0);
    const auto goes_before = [&](auto&& commit) {  // tests before this one may have used what there is in this second
        int left = 100'000;
        do commit();
        while (applier.nice_of_committer != -15 && --left > 0);
        return left > 0;
    };
    BOOST_TEST(goes_before([&] { BOOST_REQUIRE(book->commit(put("t/1", "v"))); }));
    BOOST_TEST(::getpriority(PRIO_PROCESS, 0) == usual);
    change many;
    for (int i = 0; i < 17; ++i) many.puts.push_back({"m/" + std::to_string(i), "v"});
    BOOST_REQUIRE(book->commit(std::move(many)));
    BOOST_TEST(applier.nice_of_committer == usual);
    // The committer thread's too: the second waits behind the first, which is held.
    BOOST_TEST(goes_before([&] {
        applier.hold = true;
        auto first = std::async(std::launch::async, [&] { return book->commit(put("t/2", "v")); });
        applier.held.acquire();
        auto second = std::async(std::launch::async, [&] { return book->commit(put("t/3", "v")); });
        while (book->changes_waiting() != 1) std::this_thread::yield();
        applier.go.release();
        BOOST_REQUIRE(first.get());
        BOOST_REQUIRE(second.get());
    }));
}

// A file-size limit stands in for a disk that fails: the log cannot grow.
BOOST_AUTO_TEST_CASE(a_failed_write_is_never_answered_as_done_and_its_revision_never_returns) {
    BOOST_REQUIRE(book->commit(put("t/1", "v")));
    const auto wal = test::files_of(dir.path(), ".log").front();
    rlimit was{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &was) == 0);
    const auto signal_was = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{std::filesystem::file_size(wal) + 100, was.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const auto failed = book->commit(put("t/2", std::string(100'000, 'x')));
    const auto after = book->commit(put("t/3", std::string(100'000, 'x')));
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &was) == 0);
    std::signal(SIGXFSZ, signal_was);

    BOOST_REQUIRE(!failed);
    BOOST_TEST((failed.error().kind == errc::unknown_outcome || failed.error().kind == errc::unavailable));
    BOOST_REQUIRE(!after);
    BOOST_TEST(applier.discards >= 1);
    BOOST_TEST(applier.applied_to == 1u);
    BOOST_TEST(text_of("t/1") == "v@1");  // reads go on

    db->close();
    BOOST_REQUIRE(book->reopen());
    BOOST_TEST(text_of("t/1") == "v@1");
    BOOST_TEST(text_of("t/2") == "(absent)");
    const auto next = book->commit(put("t/4", "v"));
    BOOST_REQUIRE(next);
    BOOST_TEST(*next > 2u);  // 2 was the failed one's
}

BOOST_AUTO_TEST_SUITE_END()
