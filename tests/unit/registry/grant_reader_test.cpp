// The ways in which a cold read, a revocation and a drained ring can fall together, and what find() may then still say.
#include "tollgate/registry/grant_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <string>

using namespace tollgate;

namespace {

digest key_of(std::uint8_t n) {
    digest d;
    d.bytes.fill(n);
    return d;
}

grant grant_with(token_state state, std::uint32_t epoch = 1) {
    grant g;
    g.state = state;
    g.epoch = epoch;
    return g;
}

using where = grant_reader::where;
using start = grant_reader::start;

std::string told(const grant_reader::found& f) {
    if (f.outcome == where::must_read) return "must_read";
    if (f.outcome == where::absent) return "absent";
    return f.value->state == token_state::revoked ? "revoked" : "active";
}

const digest key = key_of(1);

// A store of one key and a thread that reads it, driven by letters:
//   B begin_read   S the read sees the store   F finish_read   R revoked and published   d drained
//   r revoked in the store, not yet published  p published
struct play {
    change_feed feed{1};
    grant_reader reader{feed, 0};
    std::optional<grant> store = grant_with(token_state::active);
    std::optional<grant> carried;
    bool again = false;

    void step(char c) {
        switch (c) {
            case 'B': BOOST_REQUIRE((reader.begin_read(key) == start::launch)); break;
            case 'S': carried = store; break;
            case 'F': again = !reader.finish_read(key, carried); break;
            case 'R':
                step('r');
                step('p');
                break;
            case 'r': store = grant_with(token_state::revoked, 2); break;
            case 'p': feed.publish({&key, 1}); break;
            case 'd': reader.catch_up(); break;
            case 'O': feed.publish_everything(); break;
            default: BOOST_FAIL("unknown step");
        }
    }
    void run(std::string_view steps) {
        for (const char c : steps) step(c);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(grant_reader_test)

BOOST_AUTO_TEST_CASE(read_revoke_finish_drain_in_every_order) {
    const struct {
        const char* steps;
        const char* find;
        bool again;  // the last finish said: read again
    } rows[] = {
        {"", "must_read", false},
        {"B", "must_read", false},
        {"BSF", "active", false},
        {"BSFR", "must_read", false},
        {"BSFRd", "must_read", false},
        {"BSRF", "must_read", true},    // overtaken, although nobody had drained before the finish
        {"BSRdF", "must_read", true},   // likewise, drained by another request of this thread
        {"BRSF", "must_read", true},    // the read saw the revocation; that cannot be known here
        {"RBSF", "revoked", false},
        {"BSRdFSF", "revoked", false},  // the second read is good
        {"BSRFSRF", "must_read", true}, // overtaken twice
        {"BrSF", "revoked", false},     // durable, not yet published: the read is new already
        {"BrSFp", "must_read", false},
        {"BSrFp", "must_read", false},  // an old read that lands before the publication is dropped by it
        {"BSrF", "active", false},      // nobody has been answered yet
        {"BSrpF", "must_read", true},
        {"BSOF", "must_read", true},    // the ring ran over: every read under way is overtaken
        {"BSFO", "must_read", false},
        {"BSOdFSF", "active", false},
    };
    for (const auto& row : rows) {
        play p;
        p.run(row.steps);
        BOOST_TEST(told(p.reader.find(key)) == row.find, row.steps);
        BOOST_TEST(p.again == row.again, row.steps);
    }
}

BOOST_AUTO_TEST_CASE(an_absent_key_is_remembered_until_it_changes) {
    play p;
    p.store.reset();
    p.run("BSF");
    BOOST_TEST(told(p.reader.find(key)) == "absent");
    p.store = grant_with(token_state::active);
    p.run("p");
    BOOST_TEST(told(p.reader.find(key)) == "must_read");
    p.run("BSF");
    BOOST_TEST(told(p.reader.find(key)) == "active");
}

BOOST_AUTO_TEST_CASE(a_failed_read_is_forgotten_and_may_begin_again) {
    play p;
    p.run("B");
    BOOST_TEST(p.reader.finish_read(key, failure{errc::unavailable, "the store is closed"}));
    BOOST_TEST(told(p.reader.find(key)) == "must_read");
    p.run("BR");
    BOOST_TEST(p.reader.finish_read(key, failure{errc::unavailable, "the store is closed"}));  // overtaken, and failed: no reason to insist
    p.run("BSF");
    BOOST_TEST(told(p.reader.find(key)) == "revoked");
}

BOOST_AUTO_TEST_CASE(reads_are_single_flight_and_bounded) {
    change_feed feed(1);
    grant_reader reader(feed, 0);
    BOOST_TEST((reader.begin_read(key) == start::launch));
    BOOST_TEST((reader.begin_read(key) == start::joined));
    digest other;
    for (std::uint32_t i = 1; i < bounds::pending_reads_per_thread; ++i) {
        std::memcpy(other.bytes.data(), &i, sizeof i);
        BOOST_REQUIRE((reader.begin_read(other) == start::launch));
    }
    BOOST_TEST((reader.begin_read(key_of(9)) == start::full));
    BOOST_TEST((reader.begin_read(key) == start::joined));
    BOOST_TEST(reader.finish_read(key, std::optional<grant>()));
    BOOST_TEST((reader.begin_read(key_of(9)) == start::launch));
}

BOOST_AUTO_TEST_CASE(a_result_that_nobody_asked_for_is_not_believed) {
    change_feed feed(1);
    grant_reader reader(feed, 0);
    BOOST_TEST(reader.finish_read(key, std::optional(grant_with(token_state::active))));
    BOOST_TEST(told(reader.find(key)) == "must_read");
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_and_what_is_used_stays) {
    change_feed feed(1);
    grant_reader reader(feed, 0, 100);
    const auto learn = [&](std::uint32_t n, std::optional<grant> g) {
        digest d;
        std::memcpy(d.bytes.data() + 5, &n, sizeof n);
        if (reader.begin_read(d) == start::launch) reader.finish_read(d, g);
        return d;
    };
    const auto hot = learn(0, grant_with(token_state::active));
    for (std::uint32_t i = 1; i < 10'000; ++i) {
        learn(i, grant_with(token_state::active));
        BOOST_REQUIRE(told(reader.find(hot)) == "active");
    }
    const auto first = learn(1'000'000, std::nullopt);
    for (std::uint32_t i = 1; i <= bounds::negatives_per_thread; ++i) learn(1'000'000 + i, std::nullopt);
    BOOST_TEST(told(reader.find(first)) == "must_read");
    BOOST_TEST(told(reader.find(hot)) == "active");  // junk does not push out grants
}

// The list stands beside the grant: it comes with it, goes with it, and a grant whose list was pushed out is read again.
BOOST_AUTO_TEST_CASE(an_address_list_is_found_with_its_grant) {
    change_feed feed(1);
    grant_reader reader(feed, 0);
    const auto learn = [&](const digest& d, const char* address) {
        indexed_grant g = grant_with(token_state::active);
        g.restricted_addresses = address != nullptr;
        if (address != nullptr) g.addresses.push_back(*ip_block::parse(address));
        if (reader.begin_read(d) == start::launch) reader.finish_read(d, std::optional(g));
    };
    const auto list_of = [&](const digest& d) {
        const auto f = reader.find(d);
        return f.outcome == where::must_read ? std::string("must_read") : f.addresses.empty() ? "any" : f.addresses[0].text();
    };
    learn(key, "10.0.0.1");
    BOOST_TEST(list_of(key) == "10.0.0.1");
    feed.publish({&key, 1});
    BOOST_TEST(list_of(key) == "must_read");
    learn(key, "10.0.0.2");
    BOOST_TEST(list_of(key) == "10.0.0.2");
    feed.publish({&key, 1});
    learn(key, nullptr);
    BOOST_TEST(list_of(key) == "any");

    learn(key_of(2), "10.0.0.3");
    digest other;
    for (std::uint32_t i = 0; i < bounds::address_lists_per_thread; ++i) {
        std::memcpy(other.bytes.data() + 5, &i, sizeof i);
        learn(other, "10.0.0.4");
    }
    BOOST_TEST(list_of(key_of(2)) == "must_read");
    learn(key_of(2), "10.0.0.3");
    BOOST_TEST(list_of(key_of(2)) == "10.0.0.3");
    feed.publish_everything();
    BOOST_TEST(list_of(key_of(2)) == "must_read");
}

BOOST_AUTO_TEST_CASE(it_counts_what_it_does) {
    play p;
    p.run("BSRFSF");
    BOOST_TEST(told(p.reader.find(key)) == "revoked");
    BOOST_TEST(told(p.reader.find(key_of(2))) == "must_read");
    p.run("p");
    p.reader.catch_up();
    const auto& c = p.reader.statistics();
    BOOST_TEST(c.hits == 1u);
    BOOST_TEST(c.misses == 1u);
    BOOST_TEST(c.overtaken == 1u);
    BOOST_TEST(c.drops == 1u);
}

// Several keys, several reads under way, commits in two steps (durable, published), rings that overrun: after a commit is
// answered, find() never says active for a revoked key.
BOOST_AUTO_TEST_CASE(no_interleaving_keeps_a_revoked_grant_alive) {
    constexpr int games = 4'000, steps = 50, keys = 3;  // 200,000 steps, each checked
    std::mt19937_64 dice(20'260'601);
    std::uint64_t hits = 0, overtaken = 0;
    for (int game = 0; game < games; ++game) {
        change_feed feed(1);
        grant_reader reader(feed, 0, 2);  // smaller than the keys: evictions too
        std::map<int, std::optional<std::optional<grant>>> reading;  // key -> what the read has seen, once it has
        std::map<int, grant> store;
        std::map<int, bool> answered;  // revoked, and its caller told
        for (int k = 0; k < keys; ++k) store[k] = grant_with(token_state::active);
        for (int s = 0; s < steps; ++s) {
            const int k = static_cast<int>(dice() % keys);
            const auto d = key_of(static_cast<std::uint8_t>(k + 1));
            switch (dice() % 8) {
                case 0:
                case 1:
                    if (reader.find(d).outcome == where::must_read && reader.begin_read(d) == start::launch) reading[k] = std::nullopt;
                    break;
                case 2:
                case 3:
                    if (reading.contains(k)) reading[k] = store[k];
                    break;
                case 4:
                    if (reading.contains(k) && reading[k]) {
                        if (reader.finish_read(d, *reading[k])) reading.erase(k);
                        else reading[k] = std::nullopt, ++overtaken;
                    }
                    break;
                case 5:
                    if (dice() % 4 == 0) store[k] = grant_with(token_state::revoked, 2);
                    break;
                case 6:
                    if (store[k].state != token_state::revoked || answered[k]) break;
                    if (dice() % 4 == 0) feed.publish_everything();
                    else feed.publish({&d, 1});
                    answered[k] = true;
                    break;
                default: reader.catch_up();
            }
            for (int each = 0; each < keys; ++each) {
                const auto f = reader.find(key_of(static_cast<std::uint8_t>(each + 1)));
                if (f.outcome != where::hit) continue;
                ++hits;
                if (answered[each]) BOOST_REQUIRE_MESSAGE(f.value->state == token_state::revoked, "game " << game << " step " << s);
            }
        }
    }
    BOOST_TEST(hits > 10'000u);
    BOOST_TEST(overtaken > 1'000u);
}

BOOST_AUTO_TEST_SUITE_END()
