// A hand-over that fails, at whatever step, leaves the process before as it was. (ARCHITECTURE.md, "A new binary takes over")
#include "flow/handover.hpp"

namespace tollgate::test {

BOOST_AUTO_TEST_SUITE(handover_faults)

BOOST_AUTO_TEST_CASE(what_fails_leaves_the_process_before_as_it_was) {
    upstream up;
    served s(up);
    const auto token = s.create();
    auto open = socket::connect(s.port);
    const auto goes_on = [&](std::string_view says) {
        const auto said = s.upgrade();
        BOOST_TEST(said.status() == 409u, said.body);
        BOOST_TEST(has(said.body, says), said.body);
        open.send(request_text("GET", "any", "/", token));
        reader in(open);
        BOOST_TEST(in.response().status() == 200u);
        const auto other = s.create();  // changes go on
        BOOST_TEST(s.ask(other).status() == 200u);
        BOOST_TEST(s.by_socket("DELETE", "/v1/admin/api-tokens/" + s.id).status() == 204u);
        BOOST_TEST(s.ask(other).status() == 401u);
        BOOST_TEST(s.running->pid() == s.serving);
        BOOST_TEST(::kill(s.serving, 0) == 0);
    };
    const auto good = read_file(s.file);
    s.rewrite("unlisted: forward", "unlisted: perhaps");
    goes_on("tollgate.yaml:");
    s.dir.write("tollgate.yaml", good);
    s.rewrite("http://", "http://no-such-host.invalid:1/");
    goes_on("tollgate.yaml:");
    s.dir.write("tollgate.yaml", good);

    s.rewrite(up.address(), "no-such-host.invalid:1");  // a start would go on without it
    goes_on("the name cannot be resolved");
    s.dir.write("tollgate.yaml", good);

    s.install(s.dir.write("text", "not a program"));
    goes_on("cannot be started: Permission denied");
    s.install(s.dir.file("nowhere"));
    goes_on("cannot be started: No such file");
    s.install("/bin/false");
    goes_on("ended with exit code 1");
    s.install(program::binary());

    // What is only met behind the store: an address that another listens on.
    const upstream other;
    s.rewrite("management:", fmt::format("  - {{ address: 127.0.0.1, port: {} }}\nmanagement:", other.port()));
    goes_on("is another gateway running?");
    goes_on("is another gateway running?");
    s.dir.write("tollgate.yaml", good);
    s.upgrade_and_wait();
    BOOST_TEST(s.ask(token).status() == 200u);
}

// A program that knows the words, and is killed when the store is its own. Nobody sees more of it than a pause.
BOOST_AUTO_TEST_CASE(one_that_is_killed_with_the_store_loses_nobody_a_request) {
    upstream up;
    served s(up);
    const auto token = s.create();
    const auto script = s.dir.write("killed",
        "#!/bin/sh\n"
        "next() { word=$(dd bs=65536 count=1 <&3 2>/dev/null); [ -n \"$word\" ] || exit 1; }\n"
        "until [ \"$word\" = prepare ]; do next; done\nprintf ready >&3\n"
        "until [ \"$word\" = yours ]; do next; done\nkill -9 $$\n");
    fs::permissions(script, fs::perms::owner_all);
    s.install(script);
    load callers(s.port, token);
    for (int i = 0; i < 3; ++i) {
        const int before = callers.answered;
        BOOST_TEST_REQUIRE(eventually([&] { return callers.answered > before + 100; }));
        const auto said = s.upgrade();
        BOOST_TEST(said.status() == 409u, said.body);
        BOOST_TEST(has(said.body, "was ended by signal 9"), said.body);
        const auto other = s.create();
        BOOST_TEST(s.ask(other).status() == 200u);
        BOOST_TEST(s.by_socket("DELETE", "/v1/admin/api-tokens/" + s.id).status() == 204u);
        BOOST_TEST(s.ask(other).status() == 401u);
    }
    callers.stop();
    BOOST_TEST(callers.refused == 0);
    BOOST_TEST(callers.failed == 0, callers.first_failure);
}

// A request that the old process has judged, and that waits there for a connection to its upstream, is not sent once another process can
// acknowledge revocations: the old one has to judge it again, and cannot.
BOOST_AUTO_TEST_CASE(what_was_judged_and_not_sent_is_never_sent_by_the_process_before) {
    gate answer;
    std::atomic<int> arrived{0};
    upstream up([&](upstream::connection& c) {
        for (;;) {
            if (!c.in.request().complete) return;
            ++arrived;
            answer.wait();
            if (!c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) return;
        }
    });
    served s(up,
        "  - { name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ], max_connections: 2, queue_timeout: 60s } "
        "}\n",
        {}, {}, "60s");  // what it waits for is ended by the test, and by no deadline
    const auto token = s.create();
    std::vector<socket> callers;
    for (int i = 0; i < 8; ++i) {  // on both threads: each has one connection
        callers.push_back(socket::connect(s.port));
        callers.back().send(request_text("GET", "any", "/", token));
    }
    const auto waiting = [&] {
        const auto figures = s.by_socket("GET", "/metrics").body;
        constexpr std::string_view name = "tollgate_upstream_pool_queue_length{pool=\"acme\"} ";
        const auto at = figures.find(name);
        return at == std::string::npos ? -1 : std::atoi(figures.c_str() + at + name.size());
    };
    BOOST_TEST_REQUIRE(eventually([&] { return arrived > 0 && arrived + waiting() == 8; }));
    const auto said = s.upgrade();
    BOOST_TEST_REQUIRE(said.status() == 200u, said.body);
    const pid_t before = std::exchange(s.serving, served::process_of(said));
    const int sent = arrived;
    BOOST_TEST(sent <= 2);
    BOOST_TEST(s.by_socket("DELETE", "/v1/admin/api-tokens/" + s.id).status() == 204u);
    answer.open();
    int answered = 0, unavailable = 0;
    for (auto& c : callers) {
        reader in(c);
        const auto status = in.response().status();
        answered += status == 200 ? 1 : 0;
        unavailable += status == 503 ? 1 : 0;
    }
    BOOST_TEST(answered == sent);
    BOOST_TEST(unavailable == 8 - sent);
    BOOST_TEST(arrived == sent);
    callers.clear();
    BOOST_TEST(s.ended(before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
