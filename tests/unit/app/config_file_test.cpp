// The configuration file: what is read, what is refused, and whether the refusal says where and what to write instead.
#include "tollgate/app/config.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;
using namespace std::chrono_literals;

namespace {

std::optional<config> read(std::string_view text, problem_list& problems) {
    const auto doc = parse_document("/etc/acme/gate.yaml", text, problems);
    return doc ? read_config(*doc, problems) : std::nullopt;
}

std::string all(const problem_list& problems) {
    std::string out;
    for (const auto& p : problems.items()) out += p.text() + "\n";
    return out;
}

constexpr std::string_view whole = R"(
listeners:
  - { address: "::1", port: 9443, treat_as_secure: true }
  - { address: 10.0.0.1 }
management:
  socket: run/gate.sock
  listener: { address: 127.0.0.2, port: 0 }
store: { path: ../state, cache: 1GiB }
threads: 3
timeouts: { head: 5s, body_idle: 250ms, keep_alive: 1m, connect: 1s, first_byte: 2s, response_idle: 3s, total: 10m, drain: 0s }
limits: { head: 16KiB, headers: 50, target: 4KiB, body: 10MiB, connections: 7 }
access_log: { path: logs/access.json }
telemetry:
  traces:
    endpoint: "https://collector.internal/v1/traces?tenant=a"
    sample: 0.25
    rate: 5/s
    headers: { Authorization: "file:otlp.header" }
    service_name: front
    timeout: 1s
    tls: { authorities: ca.pem }
apis:
  - name: acme
    hosts: { API.Acme.example: live, test.acme.example: test }
    contract: contracts/acme.yaml
    openapi: /srv/acme.json
    upstream:
      live: { servers: [ "http://10.0.0.9:9000", "http://[2001:db8::1]/" ], host: billing.internal }
      test: { servers: "http://test-billing:9001" }
    unlisted: forward
    enforce: true
    publish: token
    unsupported_security: token
    cors: { origins: [ "https://App.acme.example:8443" ] }
  - { name: rest, hosts: [ "*" ], upstream: { servers: [ "http://127.0.0.1:1" ] }, unlisted: forward, cors: { origins: "*" } }
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(config_file)

BOOST_AUTO_TEST_CASE(every_key_reaches_its_value) {
    problem_list problems;
    const auto c = read(whole, problems);
    BOOST_REQUIRE_MESSAGE(c, all(problems));
    BOOST_REQUIRE_EQUAL(c->listeners.size(), 2u);
    BOOST_TEST(c->listeners[0].address == "::1");
    BOOST_TEST(c->listeners[0].port == 9443);
    BOOST_TEST(c->listeners[0].treat_as_secure);
    BOOST_TEST(c->listeners[0].line == 3);
    BOOST_TEST(c->listeners[1].port == 8080);
    BOOST_TEST(c->management.socket == "/etc/acme/run/gate.sock");
    BOOST_TEST(c->management.listener.address == "127.0.0.2");
    BOOST_TEST(c->management.listener.port == 0);
    BOOST_TEST(c->store.path == "/etc/state");
    BOOST_TEST(c->store.cache_bytes == 1u << 30);
    BOOST_TEST(c->threads == 3u);
    BOOST_TEST((c->timeouts.head == 5s && c->timeouts.body_idle == 250ms && c->timeouts.keep_alive == 60s && c->timeouts.connect == 1s));
    BOOST_TEST((c->timeouts.first_byte == 2s && c->timeouts.response_idle == 3s && c->timeouts.total == 600s && c->timeouts.drain == 0s));
    BOOST_TEST(c->limits.head_bytes == 16u << 10);
    BOOST_TEST(c->limits.headers == 50u);
    BOOST_TEST(c->limits.target_bytes == 4u << 10);
    BOOST_TEST(c->limits.body_bytes == 10u << 20);
    BOOST_TEST(c->limits.connections == 7u);
    BOOST_TEST((c->access_log.to == access_log_config::kind::file));
    BOOST_TEST(c->access_log.path == "/etc/acme/logs/access.json");
    const auto& t = c->telemetry.traces;
    BOOST_TEST((t.enabled() && t.server.scheme == "https" && t.server.text() == "collector.internal:443" && t.path == "/v1/traces?tenant=a"));
    BOOST_TEST((t.share == 0.25 && t.most.interval_us == 200'000 && t.most.burst == 5 && t.service_name == "front" && t.timeout == 1s));
    BOOST_TEST_REQUIRE(t.headers.size() == 1u);
    BOOST_TEST((t.headers[0].first == "Authorization" && t.headers[0].second == "file:/etc/acme/otlp.header"));
    BOOST_TEST(t.tls.authorities == "file:/etc/acme/ca.pem");
}

BOOST_AUTO_TEST_CASE(an_api_is_read_whole) {
    problem_list problems;
    const auto c = read(whole, problems);
    BOOST_REQUIRE_MESSAGE(c, all(problems));
    BOOST_REQUIRE_EQUAL(c->apis.size(), 2u);
    const auto& acme = c->apis[0];
    BOOST_REQUIRE_EQUAL(acme.hosts.size(), 2u);
    BOOST_TEST(acme.hosts[0].host == "api.acme.example");
    BOOST_TEST(acme.hosts[0].environment == "live");
    BOOST_TEST(acme.contract == "/etc/acme/contracts/acme.yaml");
    BOOST_TEST(acme.openapi == "/srv/acme.json");
    BOOST_REQUIRE_EQUAL(acme.upstream.size(), 2u);
    BOOST_TEST(acme.upstream[0].name == "acme/live");
    BOOST_TEST(acme.upstream[0].environment == "live");
    BOOST_TEST(acme.upstream[0].host == "billing.internal");
    BOOST_REQUIRE_EQUAL(acme.upstream[0].servers.size(), 2u);
    BOOST_TEST(acme.upstream[0].servers[0].text() == "10.0.0.9:9000");
    BOOST_TEST(acme.upstream[0].servers[1].text() == "[2001:db8::1]:80");
    BOOST_TEST(acme.upstream[1].servers.at(0).text() == "test-billing:9001");
    BOOST_TEST((acme.unlisted == unlisted_mode::forward));
    BOOST_TEST((acme.publish == publish_mode::token));
    BOOST_TEST(acme.unsupported_security_is_token);
    BOOST_TEST(acme.cors.enabled);
    BOOST_TEST(!acme.cors.any_origin);
    BOOST_TEST(acme.cors.origins.at(0) == "https://app.acme.example:8443");
    const auto& rest = c->apis[1];
    BOOST_TEST(rest.hosts.at(0).host == "*");
    BOOST_TEST(rest.upstream.at(0).name == "rest");
    BOOST_TEST(rest.cors.any_origin);
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_the_defaults) {
    problem_list problems;
    const auto c = read("", problems);
    BOOST_REQUIRE_MESSAGE(c, all(problems));
    BOOST_REQUIRE_EQUAL(c->listeners.size(), 1u);
    BOOST_TEST(c->listeners[0].address == "127.0.0.1");
    BOOST_TEST(c->listeners[0].port == 8080);
    BOOST_TEST(c->apis.empty());
    BOOST_TEST(c->timeouts.total.count() == 0);
    BOOST_TEST(!c->telemetry.traces.enabled());
}

// A refusal that names neither place nor remedy is no better than none.
BOOST_AUTO_TEST_CASE(what_is_wrong_is_refused_by_line_and_remedy) {
    struct row {
        const char* text;
        int line;
        const char* says;
    };
    const std::string api = "apis:\n- name: a\n  hosts: [ a.example ]\n  unlisted: forward\n  upstream: { servers: [ \"http://127.0.0.1:1\" ] }\n";
    const row rows[] = {
        {"- 1", 1, "mapping"},
        {"\ntreads: 2", 2, "did you mean `threads`?"},
        {"frobnicate: 2", 1, "write one of listeners, management"},
        {"threads: many", 1, "whole number"},
        {"threads: -1", 1, "write 0 to 256"},
        {"listeners: []", 0, "no listener"},
        {"listeners: { port: 1 }", 1, "begin each item with `- `"},
        {"listeners:\n- port: 70000", 2, "write 0 to 65535"},
        {"listeners:\n- address: localhost", 2, "127.0.0.1"},
        {"listeners:\n- address: 010.0.0.1", 2, "is not an address"},
        {"listeners:\n- port: 80\n- port: 80", 3, "write another port"},
        {"listeners:\n- port: 8081", 0, "taken by another listener"},
        {"listeners:\n- treat_as_secure: maybe", 2, "true or false"},
        {"timeouts: { head: 10 }", 1, "write a number with its unit"},
        {"timeouts: { head: never }", 1, "not a duration"},
        {"timeouts: { head: 1mo }", 1, "not a duration"},
        {"timeouts: { connect: 0s }", 1, "out of range"},
        {"limits: { head: 1MiB }", 1, "write 1024 to 262144 bytes"},
        {"limits: { headers: 1000 }", 1, "write 8 to 256"},
        {"limits: { head: 1KiB }", 0, "`target` is larger than `head`"},
        {"limits: { body: lots }", 1, "64MiB"},
        {"store:\n  cache: [ 1 ]", 2, "a list is not a size"},
        {"store: /var/lib", 1, "`store` holds keys"},
        {"keys: { master: 0011223344 }", 1, "a key is never in this file"},
        {"keys: { master: \"file:\" }", 1, "a key is never in this file"},
        {"keys: { master: \"credential:../x\" }", 1, "without `/`"},
        {"store: { path: /s }\nkeys: { master: \"file:/s/master.key\" }", 2, "inside of the store"},
        {"telemetry: { traces: { sample: 1 } }", 1, "`endpoint` is missing"},
        {"telemetry: { trace: {} }", 1, "did you mean `traces`?"},
        {"telemetry:\n  traces:\n    endpoint: \"http://127.0.0.1:4318\"", 3, "write a URL like"},
        {"telemetry: { traces: { endpoint: \"ftp://a/v1/traces\" } }", 1, "not a server"},
        {"telemetry: { traces: { endpoint: \"http://a/x\", sample: 2 } }", 1, "from 0 (none) to 1 (all)"},
        {"telemetry: { traces: { endpoint: \"http://a/x\", sample: often } }", 1, "from 0 (none) to 1 (all)"},
        {"telemetry: { traces: { endpoint: \"http://a/x\", rate: 100 } }", 1, "is not a rate"},
        {"telemetry: { traces: { endpoint: \"http://a/x\", timeout: 0s } }", 1, "out of range"},
        {"telemetry: { traces: { endpoint: \"http://a/x\", headers: [ a ] } }", 1, "NAME: \"file:PATH\""},
        {"telemetry: { traces: { endpoint: \"http://a/x\", headers: { api-key: hunter2 } } }", 1, "never in this file"},
        {"telemetry: { traces: { endpoint: \"http://a/x\", headers: { \"a b\": \"env:A\" } } }", 1, "no name of a header field"},
        {"telemetry: { traces: { endpoint: \"http://a/x\", headers: { Host: \"env:A\" } } }", 1, "leave it out"},
        {"apis: { name: a }", 1, "begin each item with `- `"},
        {"apis:\n- { hosts: [ a.example ] }", 2, "`name` is missing"},
        {"apis:\n- { name: Acme }", 2, "lower-case letters"},
        {"apis:\n- { name: tollgate }", 2, "own management API"},
        {"apis:\n- { name: a, upstream: { servers: [ \"http://127.0.0.1:1\" ] } }", 2, "`hosts` is missing"},
        {"apis:\n- name: a\n  hosts: [ a.example ]\n  unlisted: forward", 2, "`upstream` is missing"},
        {"apis:\n- name: a\n  hosts: [ ]", 3, "no host"},
        {"apis:\n- name: a\n  hosts: [ a.example, A.EXAMPLE ]", 3, "stands at line 3 already"},
        {"apis:\n- name: a\n  hosts: [ \"a.example:80\" ]", 3, "write `a.example`"},
        {"apis:\n- name: a\n  hosts: [ \"a b\" ]", 3, "not a host"},
        {"apis:\n- name: a\n  upstream: { servers: [ \"https://a.example/path\" ] }", 3, "write http://"},
        {"apis:\n- name: a\n  upstream: { servers: [ \"http://a.example/v1\" ] }", 3, "without a path"},
        {"apis:\n- name: a\n  upstream: { servers: [ \"http://1.2.3:80\" ] }", 3, "not a server"},
        {"apis:\n- name: a\n  upstream: { servers: [ \"http://a.example:0\" ] }", 3, "not a server"},
        {"apis:\n- name: a\n  upstream: { servers: [ ] }", 3, "write at least one"},
        {"apis:\n- name: a\n  upstream: { server: \"http://a.example\" }", 3, "did you mean `servers`?"},
        {"apis:\n- name: a\n  upstream: { live: { hosts: x } }", 3, "did you mean `host`?"},
        {"apis:\n- name: a\n  upstream: { servers: [ \"http://a\" ], host: \"a b\" }", 3, "Host header"},
        {"apis:\n- name: a\n  unlisted: drop", 3, "write refuse or forward"},
        {"apis:\n- name: a\n  publish: everyone", 3, "write off or token or public"},
        {"apis:\n- name: a\n  cors: { origins: [ app.example ] }", 3, "https://app.example.com"},
        {"apis:\n- name: a\n  cors: { origins: [ \"https://app.example/\" ] }", 3, "not an origin"},
        {"apis:\n- name: a\n  cors: { }", 3, "`origins` is missing"},
        {"apis:\n- name: a\n  hosts: [ a.example ]\n  upstream: { servers: [ \"http://a\" ] }", 2, "openapi: FILE"},
    };
    for (const auto& r : rows) {
        problem_list problems;
        BOOST_TEST(!read(r.text, problems), r.text);
        bool said = false;
        for (const auto& p : problems.items()) said = said || (p.line == r.line && p.what.find(r.says) != std::string::npos);
        BOOST_TEST(said, r.text << "\nwanted line " << r.line << ": " << r.says << "\ngot " << all(problems));
    }
    problem_list problems;
    BOOST_TEST(!read(api + api.substr(6), problems));
    BOOST_TEST(all(problems).find("gate.yaml:6: error: the API `a` stands at line 2 already") != std::string::npos, all(problems));
}

BOOST_AUTO_TEST_CASE(every_key_of_a_pool_reaches_its_value) {
    const std::string before = "limits: { connections_per_address: 10 }\napis: [ { name: a, hosts: [ a ], unlisted: forward, upstream: { ";
    problem_list problems;
    const auto c = read(before +
            "servers: [ \"http://a:1\", { url: \"http://b:2\", weight: 3 }, { url: \"http://c\", drain: true } ],"
            "health: { path: /up, interval: 1s, timeout: 200ms, healthy_after: 4, unhealthy_after: 5, status: 200-204 }, max_connections: 64,"
            "queue: 7, queue_timeout: 3s, adaptive_limit: true, retries: { attempts: 2, budget: 30, with_idempotency_key: true },"
            "ejection: { consecutive: 6, rate: 40, least_requests: 8, share: 25, window: 9s, time: 11s, longest: 1m },"
            "breaker: { rate: 60, least_requests: 12, window: 13s, time: 14s, probes: 15 }, resolve: never } } ]",
        problems);
    BOOST_REQUIRE_MESSAGE(c, all(problems));
    BOOST_TEST(c->limits.connections_per_address == 10u);
    const auto& pool = c->apis.at(0).upstream.at(0);
    BOOST_TEST_REQUIRE(pool.servers.size() == 3u);
    BOOST_TEST((pool.servers[1].host == "b" && pool.servers[1].port == 2 && pool.servers[1].weight == 3u && !pool.servers[1].drain));
    BOOST_TEST((pool.servers[2].drain && pool.servers[2].port == 80 && pool.servers[2].weight == 1u));
    const auto& r = pool.rules;
    BOOST_TEST_REQUIRE(r.health.has_value());
    BOOST_TEST((r.health->path == "/up" && r.health->interval == 1s && r.health->timeout == 200ms && r.health->healthy_after == 4));
    BOOST_TEST((r.health->unhealthy_after == 5 && r.health->least_status == 200 && r.health->most_status == 204));
    BOOST_TEST((r.max_connections == 64 && r.queue == 7 && r.queue_timeout == 3s && r.adaptive && r.resolve == 0s));
    BOOST_TEST((r.retry.attempts == 2 && r.retry.budget_percent == 30 && r.retry.with_idempotency_key));
    BOOST_TEST((r.ejection.consecutive == 6 && r.ejection.rate_percent == 40 && r.ejection.least_requests == 8 && r.ejection.share_percent == 25));
    BOOST_TEST((r.ejection.window == 9s && r.ejection.time == 11s && r.ejection.longest == 1min));
    BOOST_TEST((r.breaker.rate_percent == 60 && r.breaker.least_requests == 12 && r.breaker.window == 13s && r.breaker.time == 14s));
    BOOST_TEST(r.breaker.probes == 15u);

    const std::pair<const char*, const char*> wrong[] = {{"servers: []", "without a server"}, {"servers: [ { weight: 2 } ]", "`url` is missing"},
        {"servers: [ \"http://a\" ], health: { }", "`path` is missing"}, {"servers: [ \"http://a\" ], health: { path: up }", "is no path"},
        {"servers: [ \"http://a\" ], health: { path: /, status: 300-200 }", "is no status"},
        {"servers: [ \"http://a\" ], retries: { budget: 101 }", "write 0 to 100"}, {"servers: [ \"http://a\" ], ejections: { }", "did you mean"}};
    for (const auto& [text, says] : wrong) {
        problem_list found;
        BOOST_TEST(!read(before + text + " } } ]", found), text);
        BOOST_TEST(all(found).find(says) != std::string::npos, text << "\n" << all(found));
    }
}

BOOST_AUTO_TEST_CASE(the_path_of_a_portal) {
    const auto with = [](std::string_view portal) {
        return "apis: [ { name: a, hosts: [ a.test ], unlisted: forward, upstream: { servers: [ \"http://127.0.0.1:9\" ] }, portal: " +
            std::string(portal) + " } ]";
    };
    problem_list none;
    const auto c = read(with("{ path: /me/keys, kind: personal, scopes: [ a, b ] }"), none);
    BOOST_REQUIRE_MESSAGE(c, all(none));
    BOOST_TEST(c->apis.front().portal.path == "/me/keys");
    BOOST_TEST(c->apis.front().portal.kind == "personal");
    BOOST_TEST(c->apis.front().portal.scopes.size() == 2u);
    for (const auto* wrong : {"{}", "{ path: / }", "{ path: portal }", "{ path: /portal/ }", "{ path: //a }", "{ path: \"/{id}\" }",
             "{ path: /a/../b }", "{ path: /a%20b }", "{ path: /portal, scopes: [] }", "{ path: /portal, paths: x }"}) {
        problem_list problems;
        BOOST_TEST(!read(with(wrong), problems), wrong);
    }
}

BOOST_AUTO_TEST_CASE(what_this_build_does_not_enforce_is_refused) {
    const char* rows[] = {
        "store: { encryption: on }",
    };
    for (const auto* text : rows) {
        problem_list problems;
        BOOST_TEST(!read(text, problems), text);
        BOOST_TEST(all(problems).find("is not enforced yet: ") != std::string::npos, text << "\n" << all(problems));
    }
}

BOOST_AUTO_TEST_CASE(a_secret_is_named_and_never_written) {
    const std::string before = "apis: [ { name: a, hosts: [ a ], unlisted: forward, upstream: { servers: [ \"http://a\" ], secret: \"";
    problem_list none, problems;
    const auto good = read(before + "file:a.secret\" } } ]", none);
    BOOST_TEST_REQUIRE(good.has_value(), all(none));
    BOOST_TEST(good->apis.front().upstream.front().secret.starts_with("file:"));
    BOOST_TEST(!read(before + "0123456789abcdef0123456789abcdef\" } } ]", problems));
    BOOST_TEST(all(problems).find("a key is never in this file: write file:<path>") != std::string::npos, all(problems));
}

BOOST_AUTO_TEST_CASE(proxies_and_those_who_are_believed) {
    const auto said = [](std::string_view text, std::string_view what) {
        problem_list problems;
        const bool good = read(text, problems).has_value();
        BOOST_TEST(all(problems).find(what) != std::string::npos, text << "\n" << all(problems));
        return good;
    };
    BOOST_TEST(!said("trusted_proxies: [ 010.0.0.1 ]", "`010.0.0.1` is no address or block"));
    BOOST_TEST(!said("trusted_proxies: [ 10.0.0.0/33 ]", "`10.0.0.0/33` is no address or block"));
    BOOST_TEST(!said("listeners: [ { port: 1, proxy_protocol: true } ]", "there is none: write `trusted_proxies: [ ADDRESS ]`"));
    BOOST_TEST(said("trusted_proxies: [ 0.0.0.0/0 ]", "0.0.0.0/0 trusts everybody"));
    BOOST_TEST(said("trusted_proxies: \"::/0\"", "::/0 trusts everybody"));
    problem_list problems;
    const auto c = read("{ trusted_proxies: [ 10.0.0.0/8, \"fd00::/8\" ], listeners: [ { port: 1, proxy_protocol: true } ] }", problems);
    BOOST_REQUIRE_MESSAGE(c, all(problems));
    BOOST_TEST(c->trusted_proxies.size() == 2u);
    BOOST_TEST(c->listeners[0].proxy_protocol);
}

BOOST_AUTO_TEST_CASE(every_problem_is_told_at_once) {
    problem_list problems;
    BOOST_TEST(!read("threads: x\nlimits: { body: y }\ntimeouts: { head: z }\n", problems));
    BOOST_TEST(problems.items().size() == 3u, all(problems));
}

BOOST_AUTO_TEST_CASE(a_place_in_the_document_is_named) {
    problem_list problems;
    BOOST_TEST(!read("apis:\n- name: a\n  upstream: { live: { servers: [ x ] } }", problems));
    bool found = false;
    for (const auto& p : problems.items()) found = found || p.where == "$.apis[0].upstream.live.servers[0]";
    BOOST_TEST(found, all(problems));
}

BOOST_AUTO_TEST_CASE(plain_text_beyond_this_machine_is_warned_of) {
    problem_list problems;
    BOOST_TEST(read("listeners:\n- { address: 0.0.0.0, port: 80, treat_as_secure: true }", problems).has_value());
    BOOST_REQUIRE_EQUAL(problems.items().size(), 1u);
    BOOST_TEST((problems.items()[0].severity == problem::level::warning));
    BOOST_TEST(problems.items()[0].line == 2);
}

BOOST_AUTO_TEST_CASE(json_is_read_too) {
    problem_list problems;
    const auto c = read(R"({"threads": 2, "access_log": {"path": "off"}})", problems);
    BOOST_REQUIRE_MESSAGE(c, all(problems));
    BOOST_TEST(c->threads == 2u);
    BOOST_TEST((c->access_log.to == access_log_config::kind::off));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_a_problem) {
    problem_list problems;
    BOOST_TEST(!load_config("/nonexistent/gate.yaml", problems));
    BOOST_TEST(problems.has_errors());
}

BOOST_AUTO_TEST_SUITE_END()
