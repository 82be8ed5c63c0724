// After the answer to a revocation nothing lets the token through: on no thread, no open connection, and not while a
// cold read or a connect of its request waits. (C-4, T-4)
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <atomic>
#include <thread>
#include <utility>

BOOST_AUTO_TEST_SUITE(revocation)

namespace {

using namespace tollgate::test;
using tollgate::caller;
using tollgate::test::socket;  // not the system call

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// One token's life under load. `revoked` is set after the revocation's answer: whoever reads it as set before sending
// must be refused.
struct life {
    std::string text, id;
    std::atomic<bool> revoked{false};
    std::atomic<int> accepted{0}, refused{0}, accepted_late{0}, arrived_late{0}, other{0};
};

// Looks at what arrives. Whoever has seen the revocation's answer before asking says so in the path: none of that may come.
struct witness {
    explicit witness(std::vector<std::unique_ptr<life>>& of) : lives(of) {}
    void serve(upstream::connection& c) {
        for (;;) {
            const auto m = c.in.request();
            if (!m.complete) return;
            const auto number = std::stoul(m.start_line.substr(m.start_line.find('/') + 1));
            if (m.start_line.find("/late ") != std::string::npos) ++lives[number]->arrived_late;
            c.peer.send(ok);
        }
    }
    std::vector<std::unique_ptr<life>>& lives;
    std::atomic<std::size_t> current{0};  // asked with now
    upstream up{[this](upstream::connection& c) { serve(c); }};
};

// Asks on one connection after the other, each kept alive, until told to stop.
void ask_for_ever(
    std::uint16_t port, std::vector<std::unique_ptr<life>>& lives, const std::atomic<std::size_t>& current, const std::atomic<bool>& stop) {
    auto s = socket::connect(port);
    reader in(s);
    while (!stop) {
        const auto number = current.load();
        life& l = *lives[number];
        const bool late = l.revoked;
        s.send(request_text("GET", "x", fmt::format("/{}/{}", number, late ? "late" : "early"), l.text));
        const auto m = in.response();
        if (m.status() == 200) ++(late ? l.accepted_late : l.accepted);
        if (m.status() == 401) ++l.refused;
        if (m.status() != 200 && m.status() != 401) ++l.other;
        if (!m.complete || m.field("Connection") == "close") {
            s = socket::connect(port);
            in.rest.clear();
        }
    }
}

std::unique_ptr<life> born(gateway& g) {
    auto made = g.create_record("acme");
    auto l = std::make_unique<life>();
    l->text = std::string(made.text.reveal());
    l->id = made.record.id;
    return l;
}

unsigned status_with(socket& s, std::string_view token) {
    s.send(request_text("GET", "x", "/", token));
    reader in(s);
    return in.response().status();
}

}  // namespace

BOOST_AUTO_TEST_CASE(row_C_4) {
    constexpr std::size_t count = 220, clients = 8;
    std::vector<std::unique_ptr<life>> lives;
    lives.reserve(count);
    for (std::size_t i = 0; i < count; ++i) lives.push_back(std::make_unique<life>());
    witness seen(lives);
    gateway g(any_host_api, {}, &seen.up, {.threads = 3});
    for (auto& l : lives) l = born(g);
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < clients; ++i) threads.emplace_back([&] { ask_for_ever(g.port(), lives, seen.current, stop); });
    int unanswered = 0, unrefused = 0, unused = 0;
    for (std::size_t i = 0; i < count; ++i) {
        life& l = *lives[i];
        seen.current = i;
        unused += eventually([&] { return l.accepted >= 10; }) ? 0 : 1;
        unanswered += g.tokens().revoke(l.id, caller{"test", "unix"}) ? 0 : 1;
        l.revoked = true;
        unrefused += eventually([&] { return l.refused >= 8; }) ? 0 : 1;
    }
    stop = true;
    for (auto& t : threads) t.join();
    BOOST_TEST(unanswered == 0);
    BOOST_TEST(unused == 0);
    BOOST_TEST(unrefused == 0);
    for (std::size_t i = 0; i < count; ++i) {
        BOOST_TEST(lives[i]->accepted_late == 0, "token " << i << " was accepted after its revocation");
        BOOST_TEST(lives[i]->arrived_late == 0, "token " << i << " reached the upstream after its revocation");
        BOOST_TEST(lives[i]->other == 0, i);
    }
}

// On connections that are open already, of each thread, warm or not.
BOOST_AUTO_TEST_CASE(row_T_4) {
    upstream up;
    gateway g(any_host_api, {}, &up, {.threads = 4});
    std::vector<socket> open;
    for (int i = 0; i < 64; ++i) open.push_back(socket::connect(g.port()));
    for (int round = 0; round < 20; ++round) {
        const auto l = born(g);
        for (std::size_t i = 0; i < open.size(); i += round % 2 == 0 ? 1 : 7) BOOST_TEST(status_with(open[i], l->text) == 200u);
        BOOST_TEST(g.tokens().revoke(l->id, caller{"test", "unix"}).has_value());
        const auto arrived = up.requests().size();
        for (auto& s : open) BOOST_TEST(status_with(s, l->text) == 401u);
        BOOST_TEST(up.requests().size() == arrived);
    }
}

// A read of the index that began before the revocation and ends after it says nothing.
BOOST_AUTO_TEST_CASE(while_a_cold_read_waits) {
    upstream up;
    gateway g(any_host_api, {}, &up, {.threads = 2});
    std::atomic<gate*> reading{nullptr}, go_on{nullptr};
    g.tokens().probe = [&](std::string_view point) {
        if (point != "read:after") return;
        gate* const entered = reading.exchange(nullptr);
        if (entered == nullptr) return;
        gate* const may_go = go_on;
        entered->open();
        may_go->wait();
    };
    for (int round = 0; round < 40; ++round) {
        gate entered, may_go;
        const auto l = born(g);
        go_on = &may_go;
        reading = &entered;
        auto s = socket::connect(g.port());
        s.send(request_text("GET", "x", "/", l->text));
        BOOST_TEST_REQUIRE(entered.wait());  // the record is read, and good
        BOOST_TEST(g.tokens().revoke(l->id, caller{"test", "unix"}).has_value());
        may_go.open();
        reader in(s);
        BOOST_TEST(in.response().status() == 401u);
        BOOST_TEST(status_with(s, l->text) == 401u);
    }
    BOOST_TEST(up.saw_nothing());
}

// A connect that began before the revocation and succeeds after it carries nothing; also where its thread has caught up with the revocation
// for another request meanwhile. (Then it once did.)
BOOST_AUTO_TEST_CASE(while_a_connect_waits) {
    constexpr const char* document = "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: { /x: { get: { responses: {} } } }\n";
    for (const auto [revoke, others] : {std::pair(true, false), {true, true}, {false, true}}) {
        full_listener up;
        gateway g(
            fmt::format("- {{ name: acme, hosts: [ x ], openapi: api.yaml, upstream: {{ servers: [ \"http://127.0.0.1:{}\" ] }} }}\n", up.port()),
            {{"api.yaml", document}}, nullptr, {.threads = 1, .more = "timeouts: { connect: 9s }\n"});
        const auto l = born(g);
        auto s = socket::connect(g.port()), other = socket::connect(g.port());
        BOOST_TEST(status_with(other, l->text) == 404u);  // the token is in memory now
        s.send(request_text("GET", "x", "/x", l->text));
        BOOST_TEST(status_with(other, l->text) == 404u);  // the one thread has judged the request before this one
        BOOST_TEST(s.stays_silent(std::chrono::milliseconds(100)));
        if (revoke) BOOST_TEST(g.tokens().revoke(l->id, caller{"test", "unix"}).has_value());
        if (others) BOOST_TEST(status_with(other, l->text) == (revoke ? 401u : 404u));
        auto peer = up.accept_caller();
        BOOST_TEST_REQUIRE(peer.is_open());
        const auto said = peer.receive();
        BOOST_TEST((!peer.timed_out() && said.empty() == revoke), said);
        if (!said.empty()) peer.send(ok);
        reader in(s);
        BOOST_TEST(in.response().status() == (revoke ? 401u : 200u));
    }
}

// An operation of the gateway's own that waits for a blocking thread is looked at again before it runs. (It once was not.)
BOOST_AUTO_TEST_CASE(while_an_operation_waits_for_a_thread) {
    constexpr int blocking_threads = 8;
    for (const bool revoke : {true, false}) {
        gate may_go;  // threads of the gateway's may stand at it until that ends
        std::atomic<bool> holding{true};
        std::atomic<int> held{0};
        upstream up;
        gateway g(any_host_api, {}, &up, {.threads = 1});
        const auto manager = g.create_record("tollgate", named("Manager", {"tokens:read", "tokens:write"}));
        const std::string text(manager.text.reveal());
        const auto ask = [&](socket& s, std::string_view method, std::string_view body = {}) {
            s.send(request_text(method, "localhost", "/v1/admin/api-tokens?api=acme", text, "Content-Type: application/json\r\n", body));
        };
        auto s = socket::connect(g.management_port());
        reader in(s);
        ask(s, "GET");
        BOOST_TEST(in.response().status() == 200u);  // the token is in memory now

        g.tokens().probe = [&](std::string_view point) {
            if (point != "read:after" || !holding) return;
            ++held;
            may_go.wait();
        };
        std::vector<socket> busy;
        for (int i = 0; i < blocking_threads; ++i) {
            busy.push_back(socket::connect(g.port()));
            busy.back().send(request_text("GET", "x", "/", born(g)->text));
        }
        BOOST_TEST_REQUIRE(eventually([&] { return held == blocking_threads; }));  // no thread is left
        ask(s, "POST", R"({"api":"acme","name":"Too late"})");
        BOOST_TEST(s.stays_silent(std::chrono::milliseconds(100)));
        if (revoke) BOOST_TEST(g.tokens().revoke(manager.record.id, caller{"test", "unix"}).has_value());
        holding = false;
        may_go.open();
        BOOST_TEST(in.response().status() == (revoke ? 401u : 201u));
    }
}

// Through the management socket, and then through the end of the process: what was answered stays.
BOOST_AUTO_TEST_CASE(by_the_management_socket_and_after_a_crash) {
    upstream up;
    directory dir;
    const auto port = closed_port();
    const auto file = dir.write("tollgate.yaml",
        fmt::format("listeners: [ {{ address: 127.0.0.1, port: {2}, treat_as_secure: true }} ]\n"
                    "management: {{ socket: \"{0}/t.sock\", listener: {{ address: 127.0.0.1, port: 0 }} }}\n"
                    "store: {{ path: \"{0}/store\", cache: 8MiB }}\naccess_log: {{ path: \"{0}/access.log\" }}\nthreads: 2\n"
                    "apis:\n  - {{ name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: {{ servers: [ \"http://{1}\" ] }} }}\n",
            dir.path, up.address(), port));
    const auto ask_operator = [&](std::string_view method, const std::string& target, std::string_view body = {}) {
        auto s = socket::connect_unix(dir.file("t.sock"));
        s.send(request_text(method, "localhost", target, {}, body.empty() ? "" : "Content-Type: application/json\r\n", body));
        reader in(s);
        return in.response();
    };
    const auto field_of = [](const std::string& text, const std::string& name) {
        const auto at = text.find("\"" + name + "\":\"") + name.size() + 4;
        return text.substr(at, text.find('"', at) - at);
    };
    const auto is_up = [&] {
        try {
            return ask_operator("GET", "/healthz").status() == 200;
        } catch (const std::runtime_error&) {
            return false;
        }
    };
    std::string revoked, kept;
    {
        program first({"serve", "--config", file});
        BOOST_TEST_REQUIRE(eventually(is_up));
        const auto one = ask_operator("POST", "/v1/admin/api-tokens", R"({"api":"acme","name":"One"})"),
                   two = ask_operator("POST", "/v1/admin/api-tokens", R"({"api":"acme","name":"Two"})");
        BOOST_TEST_REQUIRE(one.status() == 201u, one.body);
        revoked = field_of(one.body, "token");
        kept = field_of(two.body, "token");
        auto s = socket::connect(port);
        BOOST_TEST(status_with(s, revoked) == 200u);
        BOOST_TEST(ask_operator("DELETE", "/v1/admin/api-tokens/" + field_of(one.body, "id")).status() == 204u);
        first.signal(SIGKILL);  // right behind the answer
        BOOST_TEST(first.wait() == -1);
    }
    program second({"serve", "--config", file});
    BOOST_TEST_REQUIRE(eventually(is_up));
    auto s = socket::connect(port);
    BOOST_TEST(status_with(s, revoked) == 401u);
    BOOST_TEST(status_with(s, kept) == 200u);
}

// The store closed and opened again under the gateway: nothing comes back.
BOOST_AUTO_TEST_CASE(after_the_store_is_opened_again) {
    upstream up;
    gateway g(any_host_api, {}, &up, {.threads = 2});
    const auto gone = born(g), kept = born(g);
    auto s = socket::connect(g.port());
    BOOST_TEST(status_with(s, gone->text) == 200u);
    BOOST_TEST(g.tokens().revoke(gone->id, caller{"test", "unix"}).has_value());
    g.tokens().close();
    BOOST_TEST(status_with(s, gone->text) != 200u);
    BOOST_TEST(g.tokens().reopen().has_value());
    BOOST_TEST(status_with(s, gone->text) == 401u);
    BOOST_TEST(status_with(s, kept->text) == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
