// A reload: everything that the configuration says of requests is taken up at once and on every thread, or nothing is; no request fails of it, and
// nothing of what was in force before stays behind.
#include "support/site.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <thread>

namespace tollgate::test {
namespace {

std::string document(std::string_view scope) {
    return fmt::format(R"(
openapi: 3.1.0
paths:
  /things: {{ get: {{ security: [ {{ token: [ '{}' ] }} ], responses: {{ '200': {{ description: ok }} }} }} }}
components: {{ securitySchemes: {{ token: {{ type: http, scheme: bearer }} }} }}
x-scopes: {{ 'things:read': Read, 'things:all': All }}
)",
        scope);
}

constexpr const char* acme = "- { name: acme, hosts: [ acme.test ], openapi: acme.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n";

struct reloaded {
    explicit reloaded(const upstream& to) : g(acme, {{"acme.yaml", document("things:read")}}, &to), reader_token(token({"things:read"})) {}
    std::string token(std::vector<std::string> scopes) { return g.create("acme", named("Test", std::move(scopes))); }
    result<void> reload() {
        problem_list problems;
        return g.running->reload(problems);
    }
    void rewrite(std::string_view from, std::string_view to) const {
        auto text = read_file(g.dir.file("tollgate.yaml"));
        const auto where = text.find(from);
        BOOST_TEST_REQUIRE(where != std::string::npos, text);
        g.dir.write("tollgate.yaml", text.replace(where, from.size(), to));
    }
    gateway g;
    std::string reader_token;
};

std::size_t descriptors_of(pid_t pid) {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// An upstream that says which one it is.
upstream::script named_upstream(std::string body) {
    return [body = std::move(body)](upstream::connection& c) {
        for (;;) {
            const auto m = c.in.request();
            if (!m.complete) return;
            c.peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
        }
    };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reload)

BOOST_AUTO_TEST_CASE(new_rules_hold_on_every_connection_at_once) {
    upstream up;
    reloaded r(up);
    std::vector<socket> open;
    const auto ask = [&](socket& s) {
        s.send(request_text("GET", "acme.test", "/things", r.reader_token));
        reader in(s);
        return in.response().status();
    };
    for (int i = 0; i < 8; ++i) {  // on both threads
        open.push_back(socket::connect(r.g.port()));
        BOOST_TEST(ask(open.back()) == 200u);
    }
    r.g.dir.write("acme.yaml", document("things:all"));
    BOOST_TEST_REQUIRE(r.reload().has_value());
    for (auto& s : open) BOOST_TEST(ask(s) == 403u);
    const auto all = r.token({"things:all"});
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", all).status() == 200u);
    r.g.dir.write("acme.yaml", document("things:read"));
    BOOST_TEST_REQUIRE(r.reload().has_value());
    for (auto& s : open) BOOST_TEST(ask(s) == 200u);
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", all).status() == 403u);
}

BOOST_AUTO_TEST_CASE(apis_limits_and_upstreams_come_and_go) {
    upstream up(named_upstream("first")), other(named_upstream("second"));
    reloaded r(up);
    r.rewrite("apis:\n",
        fmt::format(
            "apis:\n  - {{ name: beta, hosts: [ beta.test ], unlisted: forward, upstream: {{ servers: [ \"http://{}\" ] }} }}\n", other.address()));
    BOOST_TEST_REQUIRE(r.reload().has_value());
    BOOST_TEST(r.g.running->summary() == "Serving 2 APIs, 1 route");
    BOOST_TEST(r.g.ask("GET", "beta.test", "/", r.g.create("beta")).body == "second");
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).body == "first");
    r.rewrite(up.address(), other.address());
    r.rewrite("hosts: [ beta.test ]", "hosts: [ gamma.test ]");
    r.rewrite("apis:\n", "limits: { body: 4 }\napis:\n");
    BOOST_TEST_REQUIRE(r.reload().has_value());
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).body == "second");
    BOOST_TEST(r.g.ask("GET", "beta.test", "/", {}).status() == 421u);
    BOOST_TEST(r.g.ask("POST", "gamma.test", "/", r.g.create("beta"), {}, "12345").status() == 413u);
}

BOOST_AUTO_TEST_CASE(what_the_console_says_follows) {
    upstream up;
    reloaded r(up);
    const auto words = [&] {
        auto s = socket::connect_unix(r.g.socket_path());
        s.send(request_text("GET", "localhost", "/v1/admin/apis/acme/words"));
        reader in(s);
        return in.response().body;
    };
    BOOST_TEST(words() == "{}");
    r.g.dir.write("contract.yaml", "name: Acme\ntokens: [ { kind: key, format: 'ak_{random}' } ]\nconsole: { token: badge }\n");
    r.rewrite("openapi: acme.yaml", "contract: contract.yaml, openapi: acme.yaml");
    problem_list problems;
    const auto done = r.g.running->reload(problems);
    BOOST_TEST_REQUIRE(done.has_value(), (done ? std::string() : done.error().what));
    BOOST_TEST(words() == R"({"token":"badge"})");
    r.g.dir.write("contract.yaml", "name: Acme\ntokens: [ { kind: key, format: 'ak_{random}' } ]\nconsole: { token: pass }\n");
    BOOST_TEST_REQUIRE(r.reload().has_value());
    BOOST_TEST(words() == R"({"token":"pass"})");
}

BOOST_AUTO_TEST_CASE(an_error_anywhere_changes_nothing) {
    upstream up;
    reloaded r(up);
    r.rewrite("hosts: [ acme.test ]", "hosts: [ other.test ]");
    r.g.dir.write("acme.yaml", "openapi: 3.1.0\npaths: { /things: { get: { security: [ { token: [ 'unknown:scope' ] } ] } } }\n");
    problem_list problems;
    const auto failed = r.g.running->reload(problems);
    BOOST_TEST_REQUIRE(failed.has_error());
    BOOST_TEST(has(failed.error().what, "acme.yaml:"), failed.error().what);
    BOOST_TEST(problems.has_errors());
    BOOST_TEST(has(r.g.log.text(), "error the reload failed, and what was in force stays why="));
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).status() == 200u);
    BOOST_TEST(r.g.ask("GET", "other.test", "/things", r.reader_token).status() == 421u);

    r.g.dir.write("acme.yaml", document("things:read"));
    r.rewrite("http://" + up.address(), "http://no-such-host.invalid:1");
    const auto refused = r.reload();
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(has(refused.error().what, "no-such-host.invalid"), refused.error().what);
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).status() == 200u);
}

BOOST_AUTO_TEST_CASE(what_needs_a_restart_is_said) {
    upstream up;
    reloaded r(up);
    r.rewrite("threads: 2", "threads: 3");
    r.rewrite("cache: 8MiB", "cache: 9MiB");
    r.rewrite("treat_as_secure: true", "treat_as_secure: false");
    const auto refused = r.reload();
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().what == "listeners, store.cache, threads cannot change while it runs: restart, or take the change back");
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).status() == 200u);
}

// The API that a request began under is gone, with its upstream, before the answer comes.
BOOST_AUTO_TEST_CASE(an_exchange_ends_by_what_it_began_with) {
    gate arrived, go;
    upstream up([&](upstream::connection& c) {
        const auto m = c.in.request();
        arrived.open();
        go.wait();
        c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
        c.in.request();
    });
    reloaded r(up);
    auto s = socket::connect(r.g.port());
    s.send(request_text("GET", "acme.test", "/things", r.reader_token));
    BOOST_TEST_REQUIRE(arrived.wait());
    r.rewrite("hosts: [ acme.test ]", "hosts: [ other.test ]");
    r.rewrite("name: acme", "name: other");
    for (int i = 0; i < 3; ++i) BOOST_TEST_REQUIRE(r.reload().has_value());
    go.open();
    reader in(s);
    BOOST_TEST(in.response().body == "late");
    s.send(request_text("GET", "acme.test", "/things", r.reader_token));
    BOOST_TEST(in.response().status() == 421u);
    BOOST_TEST(has(r.g.access_log(), "\"api\":\"acme\""));
}

BOOST_AUTO_TEST_CASE(counters_go_on_where_routes_are_the_same) {
    upstream up;
    reloaded r(up);
    for (int i = 0; i < 3; ++i) BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).status() == 200u);
    BOOST_TEST_REQUIRE(r.reload().has_value());
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).status() == 200u);
    BOOST_TEST(figure(r.g, "tollgate_requests_total{api=\"acme\"") == 4);
}

BOOST_AUTO_TEST_CASE(the_access_log_is_opened_again) {
    upstream up;
    reloaded r(up);
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).status() == 200u);
    const auto log = r.g.dir.file("access.log"), moved = r.g.dir.file("access.log.1");
    BOOST_TEST_REQUIRE(eventually([&] { return has(read_file(log), "/things"); }));
    std::filesystem::rename(log, moved);
    BOOST_TEST_REQUIRE(r.reload().has_value());
    const auto before = read_file(moved).size();
    BOOST_TEST(r.g.ask("GET", "acme.test", "/things", r.reader_token).status() == 200u);
    BOOST_TEST(has(r.g.access_log(), "/things"));
    BOOST_TEST(read_file(moved).size() == before);
}

// Two configurations in turn, a hundred times, by the command's way and by SIGHUP, while callers ask without a pause.
BOOST_AUTO_TEST_CASE(a_hundred_reloads_under_load_lose_nothing) {
    upstream first(named_upstream("first")), second(named_upstream("second"));
    site at("  - { name: acme, hosts: [ acme.test ], openapi: acme.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n",
        {{"acme.yaml", document("things:read")}}, first);
    const auto token = at.create(R"({"api":"acme","name":"Load","scopes":["things:read"]})");
    const auto one = read_file(at.config_file());
    auto two = one;
    two.replace(two.find(first.address()), first.address().size(), second.address());
    const auto reload = [&] { return at.by_socket("POST", "/v1/admin/reload", "{}"); };
    // Nothing is asked: what is open then is what a gateway has when it is idle.
    BOOST_TEST_REQUIRE(reload().status() == 200u);
    const auto idle = [&] { return descriptors_of(at.running->pid()); };
    std::size_t at_first = 0;
    BOOST_TEST_REQUIRE(eventually([&] { return std::exchange(at_first, idle()) == idle(); }));

    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> by_first{0}, by_second{0}, failed{0};
    std::vector<std::thread> callers;
    const auto end_callers = [&] {
        stop = true;
        for (auto& c : callers) c.join();
        callers.clear();
    };
    const std::shared_ptr<void> whatever_comes(nullptr, [&](void*) { end_callers(); });  // a check that fails is told, not a thread left
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&] {
            auto s = socket::connect(at.port);
            reader in(s);
            while (!stop) {
                s.send(request_text("GET", "acme.test", "/things", token));
                const auto m = in.response();
                if (m.status() == 200 && m.body == "first") ++by_first;
                else if (m.status() == 200 && m.body == "second") ++by_second;
                else ++failed;
                if (!m.complete) return;
            }
        });
    for (int i = 0; i < 100; ++i) {
        at.dir.write("next.yaml", i % 2 == 0 ? two : one);
        std::filesystem::rename(at.dir.file("next.yaml"), at.config_file());
        const auto seen = (i % 2 == 0 ? by_second : by_first).load();
        if (i % 10 == 9) at.running->signal(SIGHUP);
        else BOOST_TEST_REQUIRE(reload().status() == 200u);
        BOOST_TEST_REQUIRE(eventually([&] { return (i % 2 == 0 ? by_second : by_first) > seen || failed != 0; }));
    }
    end_callers();
    BOOST_TEST(failed == 0u);
    BOOST_TEST(by_first >= 50u);
    BOOST_TEST(by_second >= 50u);
    BOOST_TEST_REQUIRE(reload().status() == 200u);
    BOOST_TEST(eventually([&] { return idle() <= at_first; }), "descriptors: " << idle() << " after, " << at_first << " before");
    at.stop();
}

BOOST_AUTO_TEST_CASE(the_command_says_what_came_of_it) {
    upstream up;
    site at("  - { name: acme, hosts: [ acme.test ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n", {}, up);
    {
        program done({"reload", "--config", at.config_file()});
        BOOST_TEST(done.wait() == 0);
        BOOST_TEST(done.output() == "Serving 1 API, 0 routes\n");
    }
    const auto text = read_file(at.config_file());
    {
        at.dir.write("tollgate.yaml", text + "  - { name: beta }\n");
        program failed({"reload", "--socket", at.dir.file("t.sock")});
        BOOST_TEST(failed.wait() == 1);
        const auto said = failed.errors();
        BOOST_TEST(has(said, "nothing was changed"), said);
        BOOST_TEST(has(said, "tollgate.yaml:"), said);
        BOOST_TEST(has(said, "`hosts` is missing"), said);
    }
    auto more = text;
    more.replace(more.find("threads: 2"), 10, "threads: 1");
    at.dir.write("tollgate.yaml", more);
    program refused({"reload", "--socket", at.dir.file("t.sock")});
    BOOST_TEST(refused.wait() == 1);
    BOOST_TEST(has(refused.errors(), "threads cannot change while it runs"));
    const auto log = at.by_socket("GET", "/v1/admin/audit?action=config.reload").body;
    BOOST_TEST(has(log, "config.reload"), log);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
