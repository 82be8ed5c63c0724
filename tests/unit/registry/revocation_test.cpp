// Once a revocation is answered, no thread accepts the token: neither from its cache, nor from a cold read that had seen
// the store before, nor on its way to act. (C-4, T-4)
#include "tollgate/registry/grant_reader.hpp"

#include "acme.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <semaphore>
#include <thread>

using namespace tollgate;
using where = grant_reader::where;

namespace {

#ifdef TOLLGATE_SANITIZED
constexpr int kRevocations = 2'000, kThreads = 3;
#else
constexpr int kRevocations = 4'000, kThreads = 3;
#endif

// What threads see of one token at a time. A slot's digest changes only while no thread looks.
struct scene {
    registry& tokens;
    change_feed& feed;
    std::array<digest, kRevocations> keys{};
    std::atomic<int> issued{0};    // tokens [0, issued) exist
    std::atomic<int> answered{0};  // revocations of [0, answered) were answered
    std::atomic<bool> over{false};
    std::atomic<std::uint64_t> accepted{0}, refused{0}, wrongly{0};

    // One look at a token, as a request has it: find, read cold, judge, compare the epoch once more, act.
    void look(grant_reader& reader, int n) {
        const bool must_refuse = n < answered.load(std::memory_order_acquire);
        auto f = reader.find(keys[static_cast<std::size_t>(n)]);
        if (f.outcome == where::must_read) f = read_cold(reader, keys[static_cast<std::size_t>(n)]);
        const auto judged_at = reader.seen();
        if (f.outcome != where::hit || f.value->state != token_state::active) {
            ++refused;
            return;
        }
        // Between the judge and the first byte: whoever is answered from here on finds the epoch moved.
        const bool too_late = n < answered.load(std::memory_order_acquire);
        if (reader.moved_since(judged_at)) return;
        if (must_refuse || too_late) ++wrongly;
        ++accepted;
    }
    grant_reader::found read_cold(grant_reader& reader, const digest& key) {
        if (reader.begin_read(key) != grant_reader::start::launch) return {};
        while (!reader.finish_read(key, tokens.read(key))) {}
        return reader.find(key);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(revocation_test, test::registry_fixture)

BOOST_AUTO_TEST_CASE(after_the_answer_no_thread_accepts) {
    change_feed wide(kThreads);
    tokens.reset();
    tokens = registry::open({dir.path("wide"), 8 << 20}, {time, random, quiet, wide}).value();
    scene s{*tokens, wide};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t)
        threads.emplace_back([&s, &wide, t] {
            grant_reader reader(wide, t, 64);
            for (std::uint64_t turn = t; !s.over.load(std::memory_order_relaxed); ++turn) {
                const int issued = s.issued.load(std::memory_order_acquire);
                const int n = issued - 1 - static_cast<int>(turn % 4);  // the newest few
                if (n >= 0) s.look(reader, n);
            }
        });
    for (int n = 0; n < kRevocations; ++n) {
        const auto made = make();
        s.keys[static_cast<std::size_t>(n)] = sha256(made.text.reveal());
        const auto before = s.accepted.load();
        s.issued.store(n + 1, std::memory_order_release);
        while (n % 16 == 0 && s.accepted == before) std::this_thread::yield();  // some have been in use, some never
        BOOST_REQUIRE(tokens->revoke(made.record.id, test::somebody));
        s.answered.store(n + 1, std::memory_order_release);
    }
    s.over = true;
    for (auto& t : threads) t.join();
    BOOST_TEST(s.wrongly == 0u);
    BOOST_TEST(s.accepted >= kRevocations / 16u);
    BOOST_TEST(s.refused > 0u);
}

// A cold read is held between the store and its answer while the revocation is committed and answered.
BOOST_AUTO_TEST_CASE(a_cold_read_that_was_suspended_does_not_bring_it_back) {
    const auto made = make();
    const auto key = sha256(made.text.reveal());
    std::binary_semaphore has_read{0}, go_on{0};
    std::atomic<bool> hold{true};
    tokens->probe = [&](std::string_view point) {
        if (point != "read:after" || !hold.exchange(false)) return;
        has_read.release();
        go_on.acquire();
    };
    grant_reader reader(feed, 0);
    BOOST_REQUIRE((reader.begin_read(key) == grant_reader::start::launch));
    result<std::optional<indexed_grant>> seen = std::optional<indexed_grant>();
    std::thread blocking([&] { seen = tokens->read(key); });
    has_read.acquire();
    BOOST_REQUIRE(tokens->revoke(made.record.id, test::somebody));
    go_on.release();
    blocking.join();
    BOOST_REQUIRE((seen && *seen));
    BOOST_TEST(((*seen)->state == token_state::active));  // it carries what was
    BOOST_TEST(!reader.finish_read(key, seen));
    BOOST_TEST((reader.find(key).outcome == where::must_read));
    BOOST_TEST(reader.finish_read(key, tokens->read(key)));
    BOOST_TEST((reader.find(key).value->state == token_state::revoked));
}

// Between durable and published nobody has been answered; after published, everybody hears, answered or not.
BOOST_AUTO_TEST_CASE(invalidations_go_out_after_the_write_and_before_the_answer) {
    const auto made = make();
    const auto key = sha256(made.text.reveal());
    grant_reader reader(feed, 0);
    BOOST_REQUIRE((reader.begin_read(key) == grant_reader::start::launch));
    BOOST_REQUIRE(reader.finish_read(key, tokens->read(key)));
    std::binary_semaphore durable{0}, publish{0}, applied{0}, answer{0};
    std::atomic<bool> answered{false};
    tokens->probe = [&](std::string_view point) {
        if (point == "commit:durable") durable.release(), publish.acquire();
        if (point == "commit:applied") applied.release(), answer.acquire();
    };
    std::thread revoker([&] {
        BOOST_TEST(tokens->revoke(made.record.id, test::somebody).has_value());
        answered = true;
    });
    durable.acquire();
    BOOST_TEST((tokens->read(key).value()->state == token_state::revoked));
    BOOST_TEST((reader.find(key).value->state == token_state::active));
    BOOST_TEST(!answered);
    publish.release();
    applied.acquire();
    BOOST_TEST((reader.find(key).outcome == where::must_read));
    BOOST_TEST(!answered);
    answer.release();
    revoker.join();
    BOOST_TEST(answered);
}

BOOST_AUTO_TEST_CASE(many_who_revoke_one_token_all_succeed) {
    const auto made = make();
    std::vector<std::thread> all;
    std::atomic<int> done{0};
    for (int i = 0; i < 8; ++i)
        all.emplace_back([&] {
            const auto r = tokens->revoke(made.record.id, test::somebody);
            if (r && r->state == token_state::revoked && r->epoch == 2) ++done;
        });
    for (auto& t : all) t.join();
    BOOST_TEST(done == 8);
    BOOST_TEST(tokens->audit(10).value().size() == 2u);  // one creation, one revocation
}

BOOST_AUTO_TEST_SUITE_END()
