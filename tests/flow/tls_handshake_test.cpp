// Handshakes with callers: which certificate, which version, whose certificate, and what is no handshake at all.
#include "flow/tls.hpp"

#include <filesystem>

namespace tollgate::test {
namespace {

std::string listed(std::initializer_list<std::string_view> names) {
    std::string out = "{ certificates: [";
    for (const auto n : names) out += fmt::format("{} {{ certificate: {}.pem, key: {}.key }}", out.ends_with('[') ? "" : ",", n, n);
    return out + " ] }";
}

void add(gateway_options& to, const std::string& name, const pem_pair& pair) {
    to.files[name + ".pem"] = pair.certificate;
    to.files[name + ".key"] = pair.key;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_handshake)

// C-10 with nothing in front: the listener's TLS is what the contract's https_only asks for.
BOOST_AUTO_TEST_CASE(row_C_10_over_tls) {
    upstream up;
    const std::string api =
        "- { name: acme, hosts: [ acme.test ], contract: acme.contract.yaml, unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";
    gateway_options options;
    options.files["acme.contract.yaml"] = "transport: https_only\n";
    tls_front f(up, options, api);
    BOOST_TEST(status_of(f.ask()) == 200u);
    const auto seen = up.requests();
    BOOST_TEST_REQUIRE(seen.size() == 1u);
    BOOST_TEST(seen[0].field("X-Forwarded-Proto") == "https");
    BOOST_TEST(has(seen[0].field("Forwarded"), "proto=https"));

    gateway plain(api, {{"acme.contract.yaml", "transport: https_only\n"}}, &up, {.secure = false});
    BOOST_TEST(plain.ask("GET", "acme.test", "/", plain.create("acme")).status() == 400u);
    BOOST_TEST(up.requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_certificate_is_chosen_by_name) {
    gateway_options options;
    options.tls = listed({"acme", "exact", "wild", "sub"});
    add(options, "exact", tls_front::ca().sign({.names = {"one.example.test", "two.example.test"}}));
    add(options, "wild", tls_front::ca().sign({.names = {"*.example.test"}}));
    add(options, "sub", tls_front::ca().sign({.names = {"*.sub.example.test"}}));
    const upstream up;
    const tls_front f(up, options);
    struct row {
        const char *asked, *shown;
    };
    const row rows[] = {{"acme.test", "acme.test"}, {"one.example.test", "one.example.test"}, {"TWO.Example.test", "one.example.test"},
        {"three.example.test", "*.example.test"}, {"a.sub.example.test", "*.sub.example.test"}, {"example.test", "acme.test"},
        {"a.b.example.test", "acme.test"}, {"unknown.test", "acme.test"}, {"", "acme.test"}};
    for (const auto& r : rows)
        for (const int version : {12, 13}) {
            const tls_caller c(f.g.listener_port(), {.server_name = r.asked, .version = version});
            BOOST_TEST_REQUIRE(c.is_open(), r.asked << ": " << c.error());
            BOOST_TEST(c.shown_name() == r.shown, r.asked);
        }
}

BOOST_AUTO_TEST_CASE(of_two_kinds_of_key_the_caller_takes_its_own) {
    gateway_options options;
    options.tls = listed({"acme", "rsa"});
    add(options, "rsa", tls_front::ca().sign({.names = {"acme.test"}, .rsa = true}));
    const upstream up;
    const tls_front f(up, options);
    for (const std::string kind : {"ECDSA", "RSA"}) {
        const auto c = f.call({.server_name = "acme.test", .ciphers = "ECDHE-" + kind + "-AES128-GCM-SHA256", .version = 12});
        BOOST_TEST_REQUIRE(c.is_open(), kind << ": " << c.error());
        BOOST_TEST(has(c.cipher(), kind));
    }
}

BOOST_AUTO_TEST_CASE(versions_and_ciphers) {
    const upstream up;
    const tls_front both(up), newest(up, {.tls = "{ minimum: \"1.3\", certificates: [ { certificate: acme.pem, key: acme.key } ] }"});
    for (const int version : {12, 13}) {
        const auto c = both.call({.server_name = "acme.test", .version = version});
        BOOST_TEST(c.is_open());
        BOOST_TEST(c.version() == version);
        BOOST_TEST(newest.call({.server_name = "acme.test", .version = version}).is_open() == (version == 13));
    }
    for (const std::string cipher : {"ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"})
        BOOST_TEST(!both.call({.server_name = "acme.test", .ciphers = cipher, .version = 12}).is_open(), cipher);
    BOOST_TEST(eventually([&] { return figure(newest.g, "tollgate_tls_handshake_failures_total{reason=\"version\"}") == 1; }));
    BOOST_TEST(figure(both.g, "tollgate_tls_handshake_failures_total{reason=\"cipher\"}") == 3);
}

BOOST_AUTO_TEST_CASE(the_protocol_is_http_1_1) {
    const upstream up;
    const tls_front f(up);
    const auto both = f.call({.server_name = "acme.test", .protocols = {"h2", "http/1.1"}});
    BOOST_TEST(both.protocol() == "http/1.1");
    const auto other = f.call({.server_name = "acme.test", .protocols = {"h2"}});
    BOOST_TEST(!other.is_open());
    BOOST_TEST(has(other.error(), "no application protocol"));
    BOOST_TEST(f.call().protocol().empty());
}

BOOST_AUTO_TEST_CASE(a_session_is_resumed_also_after_a_reload) {
    const upstream up;
    tls_front f(up);
    for (const int version : {12, 13}) {
        const auto first_answer = [&](tls_caller& c) {
            c.send(f.head("GET / HTTP/1.1"));
            return status_of(c.receive());
        };
        auto first = f.call({.server_name = "acme.test", .version = version});
        BOOST_TEST(first_answer(first) == 200u);
        BOOST_TEST(!first.resumed());
        auto second = f.call({.server_name = "acme.test", .version = version, .session = first.session()});
        BOOST_TEST(second.resumed(), "TLS 1." << version - 10);
        BOOST_TEST(first_answer(second) == 200u);
        BOOST_TEST_REQUIRE(f.reload().has_value());
        const auto third = f.call({.server_name = "acme.test", .version = version, .session = second.session()});
        BOOST_TEST(third.resumed(), "TLS 1." << version - 10);
    }
    // The gateway hears of the last one after its caller does.
    BOOST_TEST(eventually([&] { return figure(f.g, "tollgate_tls_handshakes_resumed_total") == 4.0; }));
}

BOOST_AUTO_TEST_CASE(callers_show_certificates) {
    const authority other("Another authority");
    const auto good = tls_front::ca().sign({.names = {"caller"}, .client = true});
    const auto bad = other.sign({.names = {"caller"}, .client = true});
    const auto late = tls_front::ca().sign({.names = {"caller"}, .ends = std::chrono::hours(-1), .client = true});
    const auto server = tls_front::ca().sign({.names = {"caller"}});
    const upstream up;
    for (const bool required : {true, false}) {
        const tls_front f(up,
            {.tls = fmt::format(
                 "{{ certificates: [ {{ certificate: acme.pem, key: acme.key }} ], client_certificates: {{ authorities: ca.pem, required: {} }} }}",
                 required)});
        for (const int version : {12, 13}) {
            const auto asks = [&](const pem_pair& by) {
                return status_of(
                    f.ask("GET / HTTP/1.1", {.server_name = "acme.test", .certificate = by.certificate, .key = by.key, .version = version}));
            };
            BOOST_TEST(asks(good) == 200u);
            BOOST_TEST(asks({}) == (required ? 0u : 200u));
            for (const auto* const wrong : {&bad, &late, &server}) BOOST_TEST(asks(*wrong) == 0u);
        }
        BOOST_TEST(eventually([&] { return figure(f.g, "tollgate_tls_handshake_failures_total{reason=\"certificate\"}") == 6; }));
        BOOST_TEST(figure(f.g, "tollgate_tls_handshake_failures_total{reason=\"no_certificate\"}") == (required ? 2 : 0));
    }
    BOOST_TEST(up.requests().size() == 6u);
}

// What was resumed without a certificate does not get in where one is demanded.
BOOST_AUTO_TEST_CASE(a_session_does_not_stand_for_a_certificate) {
    const upstream up;
    tls_front f(up);
    auto first = f.call({.server_name = "acme.test", .version = 12});
    const auto session = first.session();
    auto text = read_file(f.g.dir.file("tollgate.yaml"));
    const std::string_view end = "acme.key } ]";
    text.insert(text.find(end) + end.size(), ", client_certificates: { authorities: ca.pem }");
    f.g.dir.write("tollgate.yaml", text);
    BOOST_TEST_REQUIRE(f.reload().has_value());
    BOOST_TEST(!f.call({.server_name = "acme.test", .version = 12, .session = session}).is_open());
}

BOOST_AUTO_TEST_CASE(no_renegotiation) {
    const upstream up;
    const tls_front f(up);
    auto c = f.call({.server_name = "acme.test", .version = 12});
    BOOST_TEST_REQUIRE(c.is_open());
    BOOST_TEST(!c.renegotiate());
}

BOOST_AUTO_TEST_CASE(plain_http_is_told_so) {
    const upstream up;
    const tls_front f(up);
    for (const std::string_view line : {"GET / HTTP/1.1", "PATCH / HTTP/1.1", "OPTIONS * HTTP/1.1"}) {
        const auto told_so = tell(f.g.listener_port(), f.head(line));
        BOOST_TEST(told_so.answer.status() == 400u);
        BOOST_TEST(has(told_so.answer.body, "https://"));
        BOOST_TEST(told_so.answer.complete);
        BOOST_TEST(told_so.behind.empty());
        BOOST_TEST(told_so.closed);
    }
    BOOST_TEST(figure(f.g, "tollgate_tls_handshake_failures_total{reason=\"plain_http\"}") == 3);
    BOOST_TEST(up.saw_nothing());
}

BOOST_AUTO_TEST_CASE(garbage_is_closed) {
    const upstream up;
    const tls_front f(up);
    std::string hello_of_nonsense("\x16\x03\x01\x00\x20", 5);
    const std::string rows[] = {std::string(100, '\0'), "\x80\x2e\x01\x03\x01" + std::string(60, 'x'), hello_of_nonsense + std::string(32, '\x7f'),
        std::string("\x17\x03\x03\x40\x00", 5) + std::string(16384, 'a'), std::string("\x16\x03\x01\xff\xff", 5)};
    for (const auto& r : rows) {
        auto s = socket::connect(f.g.listener_port());
        s.send(r);
        BOOST_TEST(!has(s.receive_all(), "HTTP/"));
        BOOST_TEST(!s.timed_out());
    }
    BOOST_TEST(eventually([&] { return figure(f.g, "tollgate_connections_open") <= 1; }));
    BOOST_TEST(status_of(f.ask()) == 200u);
    BOOST_TEST(up.requests().size() == 1u);
}

// The handshake has the head's time, and so has a record that never ends.
BOOST_AUTO_TEST_CASE(who_dawdles_is_closed) {
    const upstream up;
    const tls_front f(up, {.more = "timeouts: { head: 300ms, keep_alive: 1h }\n"});
    auto silent = socket::connect(f.g.listener_port());
    auto begun = socket::connect(f.g.listener_port());
    begun.send(std::string_view("\x16\x03\x01", 3));
    auto met = f.call();
    met.send(f.head("GET / HTTP/1.1"));
    BOOST_TEST(status_of(met.receive()) == 200u);
    met.wire().send(
        std::string_view("\x17\x03\x03\x00\x50"
                         "abc",
            8));  // of 80 bytes
    for (auto* s : {&silent, &begun, &met.wire()}) {
        s->receive_all();
        BOOST_TEST(!s->timed_out());
    }
    BOOST_TEST(figure(f.g, "tollgate_tls_handshake_failures_total{reason=\"late\"}") == 2);
}

BOOST_AUTO_TEST_CASE(failures_are_counted_and_said_once_in_a_while) {
    const upstream up;
    const tls_front f(up, {.threads = 1});
    constexpr int many = 200;
    for (int i = 0; i < many; ++i) tell(f.g.listener_port(), "GET / HTTP/1.1\r\n\r\n");
    BOOST_TEST(figure(f.g, "tollgate_tls_handshake_failures_total{reason=\"plain_http\"}") == many);
    const auto text = f.g.log.text();
    std::size_t lines = 0;
    for (auto at = text.find("a TLS handshake failed"); at != std::string::npos; at = text.find("a TLS handshake failed", at + 1)) ++lines;
    BOOST_TEST(lines >= 1u);
    BOOST_TEST(lines < 10u);
}

BOOST_AUTO_TEST_CASE(a_thousand_handshakes_leave_nothing) {
    const upstream up;
    const tls_front f(up);
    const auto descriptors = [] {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    };
    BOOST_TEST(status_of(f.ask()) == 200u);
    const auto before = descriptors();
    for (int i = 0; i < 1000; ++i) {
        auto c = f.call();
        BOOST_TEST_REQUIRE(c.is_open(), c.error());
        if (i % 4 == 0) {
            c.send("GET / HTTP/1.1\r\nHost: acme.test\r\n\r\n");
            BOOST_TEST(status_of(c.receive()) == 401u);
        }
        if (i % 4 == 1) c.wire().reset();
        if (i % 4 == 2) c.close_notify();
    }
    // Of those that were reset some had not been done for the gateway.
    BOOST_TEST(
        eventually([&] { return figure(f.g, "tollgate_tls_handshakes_total") + figure(f.g, "tollgate_tls_handshake_failures_total") == 1001; }));
    BOOST_TEST(eventually([&] { return descriptors() <= before + 1; }));
}

// HAProxy and cloud balancers introduce a caller, and pass its TLS on.
BOOST_AUTO_TEST_CASE(behind_a_proxy_header) {
    const upstream up;
    const tls_front f(up, {.more = "trusted_proxies: [ 127.0.0.1 ]\n", .proxy_protocol = true});
    auto s = socket::connect(f.g.listener_port());
    s.send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\nGET / HTTP/1.1\r\n\r\n");  // in one piece: what is behind the header begins the handshake
    BOOST_TEST(has(s.receive_all(), "https://"));
    BOOST_TEST(figure(f.g, "tollgate_tls_handshake_failures_total{reason=\"plain_http\"}") == 1);
    BOOST_TEST(has(f.g.log.text(), "client=192.0.2.7"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
