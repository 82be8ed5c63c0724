// A new process takes over from the real binary: under load nothing is refused, reset or failed; what was revoked is refused wherever a caller
// comes in; what is under way ends where it is. (ARCHITECTURE.md, "A new binary takes over")
#include "flow/handover.hpp"
#include "support/certificates.hpp"

namespace tollgate::test {

BOOST_AUTO_TEST_SUITE(handover)

BOOST_AUTO_TEST_CASE(under_load_nothing_is_refused_reset_or_failed) {
    upstream up;
    served s(up);
    load callers(s.port, s.create());
    for (int i = 0; i < 6; ++i) {
        const int before = callers.answered;
        BOOST_TEST_REQUIRE(eventually([&] { return callers.answered > before + 200; }));
        s.upgrade_and_wait();
    }
    const int before = callers.answered;
    BOOST_TEST(eventually([&] { return callers.answered > before + 200; }));
    callers.stop();
    BOOST_TEST(callers.refused == 0);
    BOOST_TEST(callers.failed == 0, callers.first_failure);
    BOOST_TEST_MESSAGE("answered " << callers.answered);
    const auto said = s.all_said();
    BOOST_TEST(!has(said, "have not ended"), said);  // requests that wait for the new process hold nothing up
}

BOOST_AUTO_TEST_CASE(what_is_revoked_behind_it_is_refused_on_every_connection) {
    upstream up;
    served s(up);
    const auto token = s.create();
    std::vector<socket> open;
    const auto status = [&](socket& c) {
        c.send(request_text("GET", "any", "/", token));
        reader in(c);
        return in.response().status();
    };
    for (int i = 0; i < 32; ++i) {  // used before, so that every thread has the token in its cache
        open.push_back(socket::connect(s.port));
        BOOST_TEST(status(open.back()) == 200u);
    }
    s.upgrade_and_wait();
    for (std::size_t i = 0; i < open.size(); i += 2) BOOST_TEST(status(open[i]) == 200u);
    BOOST_TEST(s.by_socket("DELETE", "/v1/admin/api-tokens/" + s.id).status() == 204u);
    for (auto& c : open) BOOST_TEST(status(c) == 401u);
    BOOST_TEST(s.ask(token).status() == 401u);
}

// A head that has come in part is read on by the process that takes over.
BOOST_AUTO_TEST_CASE(what_was_half_said_is_heard_out) {
    upstream up;
    served s(up);
    const auto token = s.create();
    const auto text = request_text("POST", "any", "/", token, {}, "a body");
    auto half = socket::connect(s.port), kept = socket::connect(s.port), silent = socket::connect(s.port);
    kept.send(text);
    reader first(kept);
    BOOST_TEST(first.response().status() == 200u);
    half.send(text.substr(0, 40));
    kept.send(text.substr(0, 30));
    BOOST_TEST(s.by_socket("GET", "/healthz").status() == 200u);
    const auto said = s.upgrade();
    BOOST_TEST_REQUIRE(said.status() == 200u, said.body);
    const pid_t before = std::exchange(s.serving, served::process_of(said));
    half.send(text.substr(40));
    kept.send(text.substr(30));
    silent.send(text);
    for (auto* c : {&half, &kept, &silent}) {
        reader in(*c);
        BOOST_TEST(in.response().status() == 200u);
    }
    BOOST_TEST(s.ended(before));
    BOOST_TEST(up.requests().size() == 4u);
}

BOOST_AUTO_TEST_CASE(what_is_under_way_ends_where_it_is_and_its_key_holds) {
    gate answer;
    std::atomic<int> arrived{0};
    upstream up([&](upstream::connection& c) {
        for (;;) {
            const auto m = c.in.request();
            if (!m.complete) return;
            const int number = ++arrived;
            if (m.start_line.starts_with("POST ")) answer.wait();
            const auto body = fmt::format("answer {}", number);
            if (!c.peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body))) return;
        }
    });
    served s(up, "  - { name: acme, hosts: [ \"*\" ], openapi: api.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n",
        {{"api.yaml",
            "openapi: 3.1.0\ninfo: { title: A, version: '1' }\npaths: { /: { get: { responses: {} }, post: { x-idempotency: accepted, "
            "responses: {} } } }\n"}});
    const auto token = s.create();
    auto keyed = socket::connect(s.port), plain = socket::connect(s.port);
    keyed.send(request_text("POST", "any", "/", token, "Idempotency-Key: one\r\n", "body"));
    BOOST_TEST_REQUIRE(eventually([&] { return arrived == 1; }));
    plain.send(request_text("POST", "any", "/", token, {}, "body"));
    BOOST_TEST_REQUIRE(eventually([&] { return arrived == 2; }));

    const auto said = s.upgrade();
    BOOST_TEST_REQUIRE(said.status() == 200u, said.body);
    const pid_t before = std::exchange(s.serving, served::process_of(said));
    const auto repeat = [&] { return s.ask(token, "POST", "Idempotency-Key: one\r\n", "body"); };
    BOOST_TEST(repeat().status() == 409u);  // in progress, in another process
    BOOST_TEST(s.ask(token).status() == 200u);
    answer.open();
    reader in_keyed(keyed), in_plain(plain);
    BOOST_TEST(in_keyed.response().body == "answer 1");
    BOOST_TEST(in_plain.response().body == "answer 2");
    BOOST_TEST(s.ended(before));
    for (auto* c : {&keyed, &plain}) {  // and their connections go on in the other
        c->send(request_text("GET", "any", "/", token));
        reader in(*c);
        BOOST_TEST(in.response().status() == 200u);
    }
    const int sent = arrived;
    const auto again = repeat();
    BOOST_TEST(again.status() == 200u);
    BOOST_TEST(again.body == "answer 1");
    BOOST_TEST(arrived == sent);
}

BOOST_AUTO_TEST_CASE(a_tls_session_is_answered_once_more_and_ended) {
    upstream up;
    const authority ca;
    const auto pair = ca.sign({.names = {"acme.test"}});
    const std::map<std::string, std::string> files{{"acme.pem", pair.certificate}, {"acme.key", pair.key}};
    served s(up, any_acme, files, ", tls: { certificates: [ { certificate: acme.pem, key: acme.key } ] }");
    const auto token = s.create();
    const tls_wishes wishes{.server_name = "acme.test", .authorities = ca.certificate()};
    tls_caller kept(s.port, wishes), idle(s.port, wishes);
    BOOST_TEST_REQUIRE((kept.is_open() && idle.is_open()));
    const auto request = request_text("GET", "any", "/", token);
    kept.send(request);
    BOOST_TEST(has(kept.receive(), "HTTP/1.1 200 OK"));
    const auto said = s.upgrade();
    BOOST_TEST_REQUIRE(said.status() == 200u, said.body);
    const pid_t before = std::exchange(s.serving, served::process_of(said));
    BOOST_TEST(s.by_socket("DELETE", "/v1/admin/api-tokens/" + s.id).status() == 204u);
    const auto other = s.create();
    for (auto* c : {&kept, &idle}) {
        c->send(c == &kept ? request : request_text("GET", "any", "/", other));
        const auto answer = c->receive_all();
        BOOST_TEST(has(answer, c == &kept ? "HTTP/1.1 401" : "HTTP/1.1 200 OK"), answer);
        BOOST_TEST(has(answer, "Connection: close"), answer);
        BOOST_TEST(c->ended_properly());
        c->close_notify();
        c->wire().close();
    }
    BOOST_TEST(s.ended(before));
    tls_caller fresh(s.port, wishes);
    fresh.send(request_text("GET", "any", "/", other));
    BOOST_TEST(has(fresh.receive(), "HTTP/1.1 200 OK"));
}

BOOST_AUTO_TEST_CASE(the_command_and_the_signal_do_it) {
    upstream up;
    served s(up);
    const auto token = s.create();
    program command({"upgrade", "--config", s.file, "--json"});
    const auto line = command.output();
    BOOST_TEST(command.wait() == 0);
    BOOST_TEST(has(line, "\"in_force\":\"Serving 1 API, 0 routes\""), line);
    message said;
    said.body = line;
    const pid_t before = std::exchange(s.serving, served::process_of(said));
    BOOST_TEST(s.ended(before));
    ::kill(s.serving, SIGUSR2);
    const pid_t second = s.serving;
    BOOST_TEST(served::ends(second));
    const auto pid_file = read_file(s.dir.file("store/tollgate.lock"));
    s.serving = static_cast<pid_t>(std::stol(pid_file));
    BOOST_TEST(s.serving != second);
    BOOST_TEST(s.ask(token).status() == 200u);
    s.rewrite("unlisted: forward", "unlisted: perhaps");
    program refused({"upgrade", "--socket", s.dir.file("t.sock")});
    BOOST_TEST(has(refused.errors(), "was not replaced"));
    BOOST_TEST(refused.wait() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
