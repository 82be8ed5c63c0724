// The real binary is killed at moments of an idempotent POST, and started again on the same store: never two upstream POSTs with one
// key, and whatever a caller was answered is what a repeat is answered. (PL-6)
#include "support/site.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

BOOST_AUTO_TEST_SUITE(replay_crash)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

// Counts POSTs by key; may hold answers back.
struct counting {
    std::mutex mutex;
    std::map<std::string, int> posts;
    std::atomic<int> total{0};
    gate* hold = nullptr;
    upstream up{[this](upstream::connection& c) {
        for (;;) {
            const auto m = c.in.request();
            if (!m.complete) return;
            {
                const std::lock_guard lock(mutex);
                ++posts[m.field("Idempotency-Key")];
            }
            const int number = ++total;
            if (hold != nullptr) hold->wait();
            const auto body = fmt::format("order {} for {}", number, m.body);
            if (!c.peer.send(fmt::format("HTTP/1.1 201 Created\r\nX-Order: {}\r\nContent-Length: {}\r\n\r\n{}", number, body.size(), body))) return;
        }
    }};
    int of(const std::string& key) {
        const std::lock_guard lock(mutex);
        return posts[key];
    }
};

// One API whose POSTs demand a key, and what stands behind it.
struct orders_site {
    counting seen;
    site at{"- { name: acme, hosts: [ x ], openapi: api.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n",
        {{"api.yaml",
            "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: { /orders: { post: { x-idempotency: required, responses: {} } } }\n"}},
        seen.up};
    std::string token = at.create(R"({"api":"acme","name":"One"})");

    void start() { at.start(); }
    void kill() { at.kill(); }
    std::string request(const std::string& key) {
        return request_text("POST", "x", "/orders", token, "Idempotency-Key: " + key + "\r\n", "body of " + key);
    }
    message order(const std::string& key) {
        auto s = socket::connect(at.port);
        s.send(request(key));
        reader in(s);
        return in.response();
    }
};

}  // namespace

// Before the claim: the body has not come whole. After the claim, before the answer. After the answer.
BOOST_AUTO_TEST_CASE(row_PL_6_killed_at_each_step) {
    orders_site s;
    {
        const auto text = s.request("early");
        auto c = socket::connect(s.at.port);
        c.send(text.substr(0, text.size() - 1));
        BOOST_TEST(c.stays_silent(std::chrono::milliseconds(50)));
        s.kill();
        s.start();
        BOOST_TEST(s.order("early").status() == 201u);
        BOOST_TEST(s.seen.of("early") == 1);
    }
    {
        gate may_answer;
        s.seen.hold = &may_answer;
        auto c = socket::connect(s.at.port);
        c.send(s.request("middle"));
        BOOST_TEST_REQUIRE(eventually([&] { return s.seen.of("middle") == 1; }));
        s.kill();
        s.seen.hold = nullptr;
        may_answer.open();
        s.start();
        const auto again = s.order("middle");
        BOOST_TEST(again.status() == 409u, again.body);
        BOOST_TEST(again.body.find("idempotency_unknown_outcome") != std::string::npos, again.body);
        BOOST_TEST(s.seen.of("middle") == 1);
    }
    const auto first = s.order("late");
    s.kill();  // right behind the answer
    s.start();
    const auto again = s.order("late");
    BOOST_TEST(again.start_line == first.start_line);
    BOOST_TEST(again.field("X-Order") == first.field("X-Order"));
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(s.seen.of("late") == 1);
}

// Under load, at moments that nobody chose: each round is killed behind another number of POSTs.
BOOST_AUTO_TEST_CASE(row_PL_6_killed_under_load) {
    constexpr int rounds = 8, callers = 6;
    orders_site s;
    std::map<std::string, std::string> answered;  // key -> body
    std::set<std::string> asked;
    std::mutex mutex;
    for (int round = 0; round < rounds; ++round) {
        std::atomic<bool> stop{false};
        std::vector<std::thread> threads;
        for (int i = 0; i < callers; ++i)
            threads.emplace_back([&, i] {
                for (int n = 0; !stop; ++n) {
                    const auto key = fmt::format("{}-{}-{}", round, i, n);
                    {
                        const std::lock_guard lock(mutex);
                        asked.insert(key);
                    }
                    try {
                        const auto m = s.order(key);
                        if (!m.complete || m.status() != 201) return;
                        const std::lock_guard lock(mutex);
                        answered[key] = m.body;
                    } catch (const std::runtime_error&) {
                        return;  // nobody listens any more
                    }
                }
            });
        const int enough = s.seen.total + 5 + 7 * round;
        BOOST_TEST(eventually([&] { return s.seen.total >= enough; }));
        s.kill();
        stop = true;
        for (auto& t : threads) t.join();
        s.start();
    }
    BOOST_TEST(answered.size() > 50u);
    int lost = 0, strange = 0, twice = 0;
    for (const auto& key : asked) {
        const auto m = s.order(key);
        const bool unknown = m.status() == 409 && m.body.find("idempotency_unknown_outcome") != std::string::npos;
        strange += m.status() == 201 || unknown ? 0 : 1;
        if (const auto a = answered.find(key); a != answered.end()) lost += m.status() == 201 && m.body == a->second ? 0 : 1;
        twice += s.seen.of(key) <= 1 ? 0 : 1;
    }
    BOOST_TEST(lost == 0);
    BOOST_TEST(strange == 0);
    BOOST_TEST(twice == 0);
}

BOOST_AUTO_TEST_SUITE_END()
