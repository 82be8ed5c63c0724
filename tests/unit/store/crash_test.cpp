// A child commits in a loop and is killed at a moment of nobody's choosing; everything that it said it had been answered
// must be there, whole.
#include "tollgate/store/ledger.hpp"

#include "scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <set>
#include <thread>

using namespace tollgate;

extern char** environ;

namespace {

null_log quiet;
constexpr family records = 0, derived = 1, more = 2;
constexpr std::size_t kLarge = 100;  // records of a large change
constexpr int kWriters = 4;

struct mirror final : change_applier {
    result<void> derive(revision r, change& c, const record_view&, write_batch& batch) override {
        for (const auto& put : c.puts) {
            batch.put(derived, put.key, std::to_string(r));
            if (c.puts.size() != kLarge) continue;
            for (const char* end : {"/1", "/2", "/3"}) batch.put(more, put.key + end, "");
        }
        return {};
    }
    void close_group(write_batch&) override {}
    void applied(revision) noexcept override {}
    void discarded() noexcept override {}
    result<void> reopened() override { return {}; }
};

database_options options_of(const std::string& path) {
    database_options o;
    o.path = path;
    o.log_ahead = true;
    o.families = {{"default"}, {"derived"}, {.name = "more", .sorted_puts = true, .merged_at_once = 16}};
    return o;
}

std::string key_of(std::uint64_t number) { return "t/" + std::to_string(number); }

// Records whose twin or derived row is missing: a change is there whole or not at all, answered or not.
std::size_t halves(const database& db) {
    std::set<std::string, std::less<>> in_records, in_derived;
    BOOST_REQUIRE(db.scan(records, "t/", "", [&](std::string_view key, std::string_view) { return in_records.emplace(key), true; }));
    BOOST_REQUIRE(db.scan(derived, "t/", "", [&](std::string_view key, std::string_view) { return in_derived.emplace(key), true; }));
    std::size_t n = in_records == in_derived ? 0 : 1;
    for (const auto& key : in_records)
        if (!key.ends_with("/twin") && !in_records.contains(key + "/twin")) ++n;
    return n;
}

// A process of this same program that runs the case `crash_test/child`; its answers come through a pipe.
struct victim {
    pid_t pid = -1;
    int answers = -1;

    explicit victim(const std::string& path, std::uint64_t first, const std::string& what = "child") {
        int ends[2];
        BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
        std::string arguments[] = {"crash-child", "--run_test=crash_test/" + what, "--", path, std::to_string(first)};
        char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), arguments[3].data(), arguments[4].data(), nullptr};
        BOOST_REQUIRE(::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv, environ) == 0);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        answers = ends[0];
    }
    ~victim() { ::close(answers); }

    // Everything that the child was answered: it is killed behind the first `enough`.
    std::vector<std::uint64_t> kill_behind(std::size_t enough) const {
        std::vector<std::uint64_t> all;
        std::uint64_t number;
        while (::read(answers, &number, sizeof number) == sizeof number) {
            all.push_back(number);
            if (all.size() == enough) ::kill(pid, SIGKILL);
        }
        int status = 0;
        BOOST_REQUIRE(::waitpid(pid, &status, 0) == pid);
        BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
        return all;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(crash_test)

// Commits changes until it is killed; `bytes`: of a record.
void commit_on(const std::string& path, std::uint64_t first, std::size_t bytes) {
    const auto db = database::open(options_of(path), quiet).value();
    mirror applier;
    const auto book = ledger::open(*db, records, applier, quiet).value();
    std::atomic<std::uint64_t> next{first};
    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i)
        writers.emplace_back([&] {
            for (;;) {
                const auto number = next++;
                change c;
                c.puts.push_back({key_of(number), std::string(bytes, 'v')});
                c.puts.push_back({key_of(number) + "/twin", "twin"});
                if (!book->commit(std::move(c)) || ::write(3, &number, sizeof number) != sizeof number) return;
            }
        });
    for (auto& w : writers) w.join();
}

BOOST_AUTO_TEST_CASE(child, *boost::unit_test::disabled()) {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    BOOST_REQUIRE(suite.argc == 3);
    commit_on(suite.argv[1], std::stoull(suite.argv[2]), 200);
}

// Goes from one log to the next every six hundred changes.
BOOST_AUTO_TEST_CASE(child_of_large_ones, *boost::unit_test::disabled()) {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    BOOST_REQUIRE(suite.argc == 3);
    commit_on(suite.argv[1], std::stoull(suite.argv[2]), 50'000);
}

// One caller after the other has changes of many records, which are written as tables, and small ones between.
BOOST_AUTO_TEST_CASE(child_of_many, *boost::unit_test::disabled()) {
    const auto& suite = boost::unit_test::framework::master_test_suite();
    BOOST_REQUIRE(suite.argc == 3);
    const auto db = database::open(options_of(suite.argv[1]), quiet).value();
    mirror applier;
    const auto book = ledger::open(*db, records, applier, quiet).value();
    for (auto next = std::stoull(suite.argv[2]);;) {
        const auto first = next;
        std::vector<change> all(32);
        for (auto& c : all) {
            const auto number = next++;
            for (std::size_t k = 0; k < kLarge; ++k) c.puts.push_back({key_of(number) + "/" + std::to_string(k), "v"});
        }
        for (const auto& answer : book->commit_each(std::move(all)))
            if (!answer) return;
        change small;
        small.puts.push_back({"small", "v"});
        if (!book->commit(std::move(small)) || ::write(3, &first, sizeof first) != sizeof first) return;
    }
}

BOOST_AUTO_TEST_CASE(tables_that_were_answered_survive_a_kill_and_others_are_whole_or_not_there) {
    const test::scratch dir;
    std::vector<std::uint64_t> answered;
    std::uint64_t first = 1'000'000;
    for (std::size_t round = 0; round < 8; ++round, first += 1'000'000) {
        const victim child(dir.path(), first, "child_of_many");
        const auto more_of_them = child.kill_behind(1 + round % 3);
        answered.insert(answered.end(), more_of_them.begin(), more_of_them.end());
        const auto db = database::open(options_of(dir.path()), quiet);
        BOOST_REQUIRE_MESSAGE(db, (db ? "" : db.error().what));
        mirror applier;
        const auto book = ledger::open(**db, records, applier, quiet);
        BOOST_REQUIRE_MESSAGE(book, (book ? "" : book.error().what));
        std::map<std::string, std::size_t, std::less<>> rows;  // of a group: the number of its first change
        const auto count = [&](family f) {
            BOOST_REQUIRE((*db)->scan(f, "t/", "", [&](std::string_view key, std::string_view) {
                const auto number = std::stoull(std::string(key.substr(2)));
                return ++rows["t/" + std::to_string(number - number % 1'000'000 % 32)], true;
            }));
        };
        for (const auto f : {records, derived, more}) count(f);
        for (const auto& [group, n] : rows) BOOST_TEST(n == 32 * kLarge * 5, group << " in round " << round);
        for (const auto number : answered) BOOST_TEST(rows.contains(key_of(number)), number << " in round " << round);
        BOOST_TEST((*db)->verify().has_value());
    }
}

// Round after round in one store: a child is killed behind so many answers as `enough` says, and all that it was answered has to be there.
void kill_and_look(const std::string& what, std::size_t rounds, const std::function<std::size_t(std::size_t round)>& enough) {
    const test::scratch dir;
    std::vector<std::uint64_t> answered;
    std::uint64_t first = 1;
    for (std::size_t round = 0; round < rounds; ++round) {
        const auto more = victim(dir.path(), first, what).kill_behind(enough(round));
        BOOST_TEST(more.size() >= enough(round));
        answered.insert(answered.end(), more.begin(), more.end());
        first += 1'000'000;

        const auto db = database::open(options_of(dir.path()), quiet);
        BOOST_REQUIRE_MESSAGE(db, (db ? "" : db.error().what));
        mirror applier;
        const auto book = ledger::open(**db, records, applier, quiet);
        BOOST_REQUIRE_MESSAGE(book, (book ? "" : book.error().what));
        std::size_t missing = 0, unseen = 0;
        for (const auto number : answered) {
            const auto r = (*book)->read(key_of(number)).value();
            if (!r) ++missing;
            else if (r->at > (*book)->last()) ++unseen;
        }
        BOOST_TEST(missing == 0u, "round " << round);
        BOOST_TEST(unseen == 0u, "round " << round);
        BOOST_TEST(halves(**db) == 0u, "round " << round);
    }
}

BOOST_AUTO_TEST_CASE(whatever_was_answered_survives_a_kill) {
    kill_and_look("child", 20, [](std::size_t round) { return 20 + round * 17; });
}

BOOST_AUTO_TEST_CASE(likewise_around_the_end_of_a_log) {
    kill_and_look("child_of_large_ones", 6, [](std::size_t round) { return 550 + round * 130; });
}

BOOST_AUTO_TEST_SUITE_END()
