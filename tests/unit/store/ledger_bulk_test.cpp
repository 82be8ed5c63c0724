// ledger: calls with changes of many records, whose rows go to disk as tables.
#include "ledger_fixture.hpp"

#include <sys/resource.h>

#include <csignal>
#include <future>
#include <thread>

using namespace tollgate;
using namespace tollgate::test;

BOOST_FIXTURE_TEST_SUITE(ledger_bulk_test, ledger_fixture)

std::vector<change> large(std::size_t n, const std::string& name, const std::string& value = "v") {
    std::vector<change> all(n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < bounds::change_puts; ++k) {
            const auto key = name + "/" + std::to_string(i) + "/" + std::to_string(k);
            all[i].puts.push_back({key, value});
            all[i].conditions.push_back({key, std::nullopt});
        }
    return all;
}

BOOST_AUTO_TEST_CASE(many_records_at_once_are_there_each_with_its_answer) {
    BOOST_REQUIRE(book->commit(put("m/3/7", "mine")));
    applier.rows_each = 4;
    auto answers = book->commit_each(large(60, "m"));
    BOOST_REQUIRE(answers.size() == 60u);
    for (std::size_t i = 0; i < answers.size(); ++i)
        BOOST_TEST(told(answers[i]) == (i == 3 ? "conflict" : "ok " + std::to_string(i < 3 ? i + 2 : i + 1)));
    BOOST_TEST(test::files_of(dir.path(), ".sst").size() >= 4u);
    for (int turn = 0; turn < 2; ++turn, open_again()) {
        BOOST_TEST(book->last() == 60u);
        BOOST_TEST(text_of("m/3/7") == "mine@1");
        BOOST_TEST(text_of("m/3/8") == "(absent)");
        BOOST_TEST(text_of("m/59/99") == "v@60");
        BOOST_TEST(**db->get(derived, "m/59/99") == "60");
    }
    BOOST_TEST(test::read_file(dir.path() + "/answered") == "00000000000000000060");
    BOOST_TEST(told(book->commit(put("after", "v"))) == "ok 61");
    answers = book->commit_each(large(60, "m"));
    for (const auto& again : answers) BOOST_TEST(told(again) == "conflict");
}

// Three calls with large changes: a small one that arrives during the first is behind that.
BOOST_AUTO_TEST_CASE(a_small_change_waits_for_one_call_with_large_ones) {
    const auto until = [&](std::size_t n) {
        while (book->changes_waiting() != n) std::this_thread::yield();
    };
    applier.hold = true;
    std::vector<std::future<std::vector<result<revision>>>> calls;
    for (const char* name : {"a", "b", "c"})
        calls.push_back(std::async(std::launch::async, [&, name] { return book->commit_each(large(20, name)); }));
    applier.held.acquire();
    until(40);
    auto small = std::async(std::launch::async, [&] { return book->commit(put("small", "v")); });
    until(41);
    applier.go.release();
    BOOST_TEST(told(small.get()) == "ok 21");
    revision newest = 0;
    for (auto& call : calls)
        for (const auto& answer : call.get()) newest = std::max(newest, answer ? *answer : 0);
    BOOST_TEST(newest == 61u);
}

// A table cannot be written: nothing of its group happened, and the next change goes through without anybody's help.
BOOST_AUTO_TEST_CASE(tables_that_fail_are_answered_as_not_done) {
    BOOST_REQUIRE(book->commit(put("t/1", "v")));
    applier.rows_each = 4;
    rlimit was{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &was) == 0);
    const auto signal_was = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{4096, was.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const auto failed = book->commit_each(large(32, "m"));
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &was) == 0);
    std::signal(SIGXFSZ, signal_was);
    for (const auto& f : failed) BOOST_TEST(told(f) == "unavailable");
    BOOST_TEST(applier.discards == 1);
    BOOST_TEST(book->last() == 1u);
    BOOST_TEST(told(book->commit(put("t/2", "v"))) == "ok 34");  // theirs never return
    for (int turn = 0; turn < 2; ++turn, open_again()) {
        BOOST_TEST(text_of("m/0/0") == "(absent)");
        BOOST_TEST(text_of("t/1") == "v@1");
    }
}

BOOST_AUTO_TEST_SUITE_END()
