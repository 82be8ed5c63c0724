// Certificates on disk: what `check` and a reload say of them, and what happens to connections meanwhile.
#include "flow/tls.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace tollgate::test {
namespace {

constexpr const char* quiet = "management: {{ socket: t.sock, listener: {{ address: 127.0.0.1, port: 0 }} }}\nstore: {{ path: store }}\n";

// What `tollgate check` says of a listener with these.
std::string checked(const directory& in, const std::string& tls, int& code) {
    const auto file = in.write("check.yaml", fmt::format(fmt::runtime("listeners:\n  - port: 8443\n    tls: {}\n" + std::string(quiet)), tls));
    program p({"check", "--config", file});
    const auto said = p.output() + p.errors();
    code = p.wait();
    return said;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_reload)

BOOST_AUTO_TEST_CASE(new_certificates_are_shown_and_no_connection_is_lost) {
    upstream up;
    tls_front f(up);
    auto open = f.call();
    const auto asks = [&](tls_caller& c) {
        c.send(f.head("GET / HTTP/1.1"));
        return status_of(c.receive());
    };
    BOOST_TEST(asks(open) == 200u);
    const auto next = tls_front::ca().sign({.names = {"next.test"}});
    f.g.dir.write("acme.pem", next.certificate);
    f.g.dir.write("acme.key", next.key);
    BOOST_TEST_REQUIRE(f.reload().has_value());
    BOOST_TEST(asks(open) == 200u);
    const tls_caller fresh(f.g.listener_port(), {.server_name = "", .authorities = tls_front::ca().certificate()});
    BOOST_TEST(fresh.shown_name() == "next.test");
    BOOST_TEST(asks(open) == 200u);
}

BOOST_AUTO_TEST_CASE(what_is_broken_changes_nothing) {
    upstream up;
    tls_front f(up);
    const auto other = tls_front::ca().sign({});
    struct row {
        std::string file, text, says;
    };
    const row rows[] = {{"acme.key", other.key, "is not the key of the first certificate"}, {"acme.pem", "nonsense", "holds no certificate"},
        {"acme.key", encrypted_key(), "is encrypted"}, {"acme.pem", "", "holds no certificate"}};
    for (const auto& r : rows) {
        const auto before = read_file(f.g.dir.file(r.file));
        f.g.dir.write(r.file, r.text);
        const auto done = f.reload();
        BOOST_TEST_REQUIRE(!done.has_value(), r.says);
        BOOST_TEST(has(done.error().what, r.says), done.error().what);
        BOOST_TEST(has(done.error().what, "tollgate.yaml:1"), done.error().what);
        BOOST_TEST(status_of(f.ask()) == 200u);
        f.g.dir.write(r.file, before);
    }
    BOOST_TEST(f.reload().has_value());
    BOOST_TEST(status_of(f.ask()) == 200u);
}

// A listener may begin to speak TLS, and stop to.
BOOST_AUTO_TEST_CASE(tls_comes_and_goes) {
    upstream up;
    tls_front f(up);
    const auto file = f.g.dir.file("tollgate.yaml");
    const auto before = read_file(file);
    auto text = before;
    const std::string tls = std::string(", tls: ") + one_certificate;
    f.g.dir.write("tollgate.yaml", text.erase(text.find(tls), tls.size()));
    BOOST_TEST_REQUIRE(f.reload().has_value());
    BOOST_TEST(tell(f.g.listener_port(), f.head("GET / HTTP/1.1", "Connection: close\r\n")).answer.status() == 200u);
    f.g.dir.write("tollgate.yaml", before);
    BOOST_TEST_REQUIRE(f.reload().has_value());
    BOOST_TEST(status_of(f.ask()) == 200u);
}

BOOST_AUTO_TEST_CASE(check_names_the_file_the_line_and_what_to_do) {
    const directory d;
    const auto good = tls_front::ca().sign({}), late = tls_front::ca().sign({.ends = std::chrono::hours(-1)});
    const auto early = tls_front::ca().sign({.begins = std::chrono::hours(24)});
    const auto put = [&](const std::string& name, const std::string& text) { ::chmod(d.write(name, text).c_str(), 0600); };
    put("good.pem", good.certificate);
    put("good.key", good.key);
    put("late.pem", late.certificate);
    put("late.key", late.key);
    put("early.pem", early.certificate);
    put("early.key", early.key);
    d.write("open.key", good.key);
    ::chmod(d.file("open.key").c_str(), 0644);
    struct row {
        std::string certificate, key, more, says;
        int code;
    };
    const row rows[] = {
        {"good.pem", "good.key", "", "no errors", 0},
        {"\"file:good.pem\"", "\"file:good.key\"", "", "no errors", 0},
        {"late.pem", "late.key", "", "check.yaml:4: warning: " + d.file("late.pem") + " expired at", 0},
        {"early.pem", "early.key", "", "is in force only from", 0},
        {"good.pem", "open.key", "", "can be read by everybody on this machine: chmod o= it", 0},
        {"good.pem", "late.key", "", "check.yaml:4: error: " + d.file("late.key") + " is not the key of", 1},
        {"none.pem", "good.key", "", "none.pem cannot be read: No such file or directory; write the path of a file that exists", 1},
        {"good.pem", "\"credential:key\"", "", "`credential:key` is passed to the service alone: it was not looked at", 0},
        {"good.pem", "\"-----BEGIN PRIVATE KEY-----\"", "", "the PEM text itself does not stand here", 1},
        {"good.pem", "good.key", ", client_certificates: { authorities: none.pem }", "none.pem cannot be read", 1},
        {"good.pem", "good.key", ", client_certificates: { authorities: good.key }", "holds no certificate", 1},
        {"good.pem", "good.key", ", client_certificates: { }", "`authorities` is missing", 1},
        {"good.pem", "good.key", ", minimum: \"1.0\"", "write 1.2 or 1.3", 1},
        {"good.pem", "good.key", ", cyphers: all", "unknown key `cyphers`", 1},
    };
    for (const auto& r : rows) {
        int code = -1;
        const auto said =
            checked(d, fmt::format("{{ certificates: [\n      {{ certificate: {}, key: {} }} ]{} }}", r.certificate, r.key, r.more), code);
        BOOST_TEST(has(said, r.says), said);
        BOOST_TEST(code == r.code, said);
        BOOST_TEST(!has(said, "PRIVATE KEY-----\n"));
    }
    int code = -1;
    BOOST_TEST(has(checked(d, "{ certificates: [] }", code), "`certificates` is empty"));
    BOOST_TEST(has(checked(d, "{ }", code), "`certificates` is missing"));
    if (::geteuid() == 0) return;  // root reads everything
    ::chmod(d.file("good.key").c_str(), 0);
    BOOST_TEST(has(checked(d, "{ certificates: [ { certificate: good.pem, key: good.key } ] }", code), "Permission denied; let the user"));
}

BOOST_AUTO_TEST_CASE(ends_are_shown_and_said_ahead) {
    upstream up;
    gateway_options options;
    options.tls = "{ certificates: [ { certificate: acme.pem, key: acme.key }, { certificate: soon.pem, key: soon.key } ] }";
    const auto soon = tls_front::ca().sign({.names = {"soon.test"}, .ends = std::chrono::hours(72)});
    options.files["soon.pem"] = soon.certificate;
    options.files["soon.key"] = soon.key;
    tls_front f(up, options);
    const auto left = [&](const std::string& file) {
        return figure(f.g, fmt::format("tollgate_tls_certificate_remaining_seconds{{certificate=\"{}\"}}", f.g.dir.file(file)));
    };
    BOOST_TEST(left("acme.pem") > 364.0 * 86'400);
    BOOST_TEST(left("soon.pem") > 71.0 * 3600);
    BOOST_TEST(left("soon.pem") <= 72.0 * 3600);
    BOOST_TEST(has(f.g.log.text(), "warning a certificate is near its end: renew it, and reload certificate=" + f.g.dir.file("soon.pem")));
    BOOST_TEST(!has(f.g.log.text(), "certificate=" + f.g.dir.file("acme.pem")));
}

// From a unit file: LoadCredential=, and a name instead of a path.
BOOST_AUTO_TEST_CASE(keys_come_by_credentials) {
    const directory d;
    d.write("credentials/certificate", tls_front::pair().certificate);
    d.write("credentials/key", tls_front::pair().key);
    const auto file = d.write("tollgate.yaml",
        fmt::format(
            "listeners: [ {{ port: 8443, tls: {{ certificates: [ {{ certificate: \"credential:certificate\", key: \"credential:key\" }} ] }} }} ]\n"
            "management: {{ socket: \"{0}/t.sock\" }}\nstore: {{ path: \"{0}/store\" }}\n",
            d.path));
    program p({"check", "--config", file}, "", {"CREDENTIALS_DIRECTORY=" + d.file("credentials")});
    BOOST_TEST(has(p.output(), "no errors"));
    BOOST_TEST(p.wait() == 0);
    // Beside the service, where an operator asks, there are no credentials; `serve` cannot do without.
    program beside({"check", "--config", file});
    BOOST_TEST(has(beside.output(), "no errors"));
    BOOST_TEST(has(beside.errors(), "warning: `credential:key` is passed to the service alone: it was not looked at"));
    BOOST_TEST(beside.wait() == 0);
    program served({"serve", "--config", file});
    BOOST_TEST(has(served.errors(), "`credential:key`: systemd passed no credentials (LoadCredential=key)"));
    BOOST_TEST(served.wait() == 1);
}

// The management listener has the same key.
BOOST_AUTO_TEST_CASE(the_management_listener_speaks_it_too) {
    upstream up;
    const tls_front f(up);
    auto text = read_file(f.g.dir.file("tollgate.yaml"));
    const std::string plain = "management: { socket: \"" + f.g.socket_path() + "\", listener: { address: 127.0.0.1, port: 0";
    BOOST_TEST_REQUIRE(has(text, plain));
    text.insert(text.find(plain) + plain.size(), std::string(", tls: ") + one_certificate);
    f.g.dir.write("tollgate.yaml", text);
    problem_list problems;
    BOOST_TEST_REQUIRE(f.g.running->reload(problems).has_value());
    tls_caller c(f.g.management_port(), {.server_name = "acme.test", .authorities = tls_front::ca().certificate()});
    BOOST_TEST_REQUIRE(c.is_open(), c.error());
    c.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    BOOST_TEST(has(c.receive_all(), "tollgate_tls_handshakes_total"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
