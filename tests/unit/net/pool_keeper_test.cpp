// The keeper's view of a pool follows names, and keeps what it has where they cannot be resolved. (Health and ejection: tests/flow/upstreams.)
#include "tollgate/net/pool_keeper.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <poll.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

using namespace tollgate;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pool_keepers)

namespace {

pool_member::endpoint at(const char* address, std::uint16_t port = 9000) { return asio::ip::tcp::endpoint(asio::ip::make_address(address), port); }

struct names {
    name_answer operator()(const upstream_server& s) {
        const std::lock_guard lock(mutex);
        ++asked;
        return {known[s.host], known[s.host].empty() ? "no such name" : ""};
    }
    void set(const std::string& host, std::vector<pool_member::endpoint> to) {
        const std::lock_guard lock(mutex);
        known[host] = std::move(to);
    }
    int count() {
        const std::lock_guard lock(mutex);
        return asked;
    }
    std::mutex mutex;
    std::map<std::string, std::vector<pool_member::endpoint>> known;
    int asked = 0;
};

std::vector<std::string> addresses(const pool_board& b) {
    std::vector<std::string> out;
    const auto view = b.view();
    for (const auto& p : view->servers) out.push_back(p.of->address);
    return out;
}

template <class F>
bool eventually(F&& holds) {
    for (int i = 0; i < 1000; ++i) {
        if (holds()) return true;
        ::poll(nullptr, 0, 10);
    }
    return false;
}

using list = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_view_is_laid_out_of_names_and_addresses) {
    pool_board b("acme", {{"http", "billing", 9000, 2}, {"http", "10.0.0.9", 9000, 1, true}, {"http", "billing", 9000, 3}}, {}, 2);
    const auto view = lay_out(b, {{{at("10.0.0.1"), at("10.0.0.2")}}, {{at("10.0.0.9")}}, {{at("10.0.0.1"), at("10.0.0.2")}}}, nullptr);
    BOOST_TEST_REQUIRE(view.servers.size() == 3u);
    BOOST_TEST(view.servers[0].weight == 5u);  // written twice, it counts twice
    BOOST_TEST(view.servers[0].of->server == "billing:9000");
    BOOST_TEST(view.servers[0].of->address == "10.0.0.1:9000");
    BOOST_TEST((view.servers[2].state == server_state::draining));
    const auto next = lay_out(b, {{{at("10.0.0.2"), at("::1")}}, {{at("10.0.0.9")}}, {{at("::1")}}}, &view);
    BOOST_TEST((next.servers[0].of == view.servers[1].of));  // what is known of it stays
    BOOST_TEST(next.servers[1].of->address == "[::1]:9000");
    BOOST_TEST((next.servers[2].of == view.servers[2].of));
}

BOOST_AUTO_TEST_CASE(names_are_resolved_again) {
    system_clock time;
    null_log log;
    names dns;
    dns.set("billing", {at("127.0.0.1")});
    pool_rules by;
    by.resolve = 100ms;
    const auto b = std::make_shared<pool_board>("acme", std::vector<upstream_server>{{"http", "billing", 9000}}, by, 1);
    const auto fixed = std::make_shared<pool_board>("fixed", std::vector<upstream_server>{{"http", "127.0.0.1", 9000}}, by, 1);
    b->put_up(lay_out(*b, {{{at("127.0.0.1")}}}, nullptr));
    const auto first = b->view()->servers[0].of;
    pool_keeper keeper(time, log, std::ref(dns));
    keeper.keep({b, fixed});
    dns.set("billing", {at("127.0.0.1"), at("127.0.0.2")});
    BOOST_TEST(eventually([&] { return addresses(*b) == list{"127.0.0.1:9000", "127.0.0.2:9000"}; }));
    BOOST_TEST((b->view()->servers[0].of == first));
    dns.set("billing", {});
    const auto asked = dns.count();
    BOOST_TEST(eventually([&] { return dns.count() > asked + 2; }));
    BOOST_TEST(addresses(*b) == (list{"127.0.0.1:9000", "127.0.0.2:9000"}));
    BOOST_TEST(!b->view()->names[0].resolved());
    dns.set("billing", {at("127.0.0.3")});
    BOOST_TEST(eventually([&] { return addresses(*b) == list{"127.0.0.3:9000"}; }));
    BOOST_TEST(b->view()->names[0].resolved());
}

BOOST_AUTO_TEST_CASE(a_name_without_an_address_gets_one) {
    system_clock time;
    null_log log;
    names dns;
    pool_rules by;
    by.resolve = 100ms;
    const auto b = std::make_shared<pool_board>("acme", std::vector<upstream_server>{{"http", "10.0.0.9", 9000}, {"http", "billing", 9000}}, by, 1);
    dns.set("10.0.0.9", {at("10.0.0.9")});
    b->put_up(lay_out(*b, resolve_servers(b->servers, std::ref(dns)), nullptr));
    BOOST_TEST(without_address(*b) == list{"billing:9000 of acme"});
    BOOST_TEST(addresses(*b) == list{"10.0.0.9:9000"});
    std::atomic<int> told{0};
    pool_keeper keeper(time, log, std::ref(dns), [&] { ++told; });
    keeper.keep({b});
    const auto asked = dns.count();
    BOOST_TEST(eventually([&] { return dns.count() > asked + 4; }));
    BOOST_TEST(told == 0);  // nothing has changed
    dns.set("billing", {at("127.0.0.1")});
    BOOST_TEST(eventually([&] { return told == 1; }));
    BOOST_TEST(addresses(*b) == (list{"10.0.0.9:9000", "127.0.0.1:9000"}));
    BOOST_TEST(without_address(*b).empty());
}

BOOST_AUTO_TEST_CASE(names_are_asked_for_at_once) {
    std::mutex mutex;
    std::condition_variable arrived;
    int waiting = 0;
    const auto slow = [&](const upstream_server&) -> name_answer {
        std::unique_lock lock(mutex);
        ++waiting;
        arrived.notify_all();
        const bool all = arrived.wait_for(lock, 10s, [&] { return waiting == 3; });
        return {{}, all ? "away" : "one after the other"};
    };
    for (const auto& a : resolve_servers({{"http", "one"}, {"http", "two"}, {"http", "three"}}, slow)) BOOST_TEST(a.why == "away");
}

BOOST_AUTO_TEST_SUITE_END()
