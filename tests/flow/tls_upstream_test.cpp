// Upstream servers by TLS: who is taken for the right one, who is shown what, sessions, ends.
#include "flow/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <signal.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace tollgate::test {
namespace {

template <auto Free>
struct end {
    template <class T>
    void operator()(T* what) const {
        Free(what);
    }
};

// An upstream server that speaks TLS, and keeps what it heard.
class tls_origin {
 public:
    struct wishes {
        certificate_wish shown{.names = {"billing.test", "127.0.0.1"}};
        bool asks_for_certificate = false, closes = false;
        std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        bool says_end = true;
        const authority* by = nullptr;  // nullptr: the test's
    };
    explicit tls_origin(wishes w) : wishes_(std::move(w)), context_(SSL_CTX_new(TLS_server_method())) {
        const auto pair = (wishes_.by != nullptr ? *wishes_.by : tls_front::ca()).sign(wishes_.shown);
        const auto text = [](const std::string& pem) {
            return std::unique_ptr<BIO, end<&BIO_free>>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
        };
        const std::unique_ptr<X509, end<&X509_free>> shown(PEM_read_bio_X509(text(pair.certificate).get(), nullptr, nullptr, nullptr));
        const std::unique_ptr<EVP_PKEY, end<&EVP_PKEY_free>> key(PEM_read_bio_PrivateKey(text(pair.key).get(), nullptr, nullptr, nullptr));
        SSL_CTX_use_certificate(context_.get(), shown.get());
        SSL_CTX_use_PrivateKey(context_.get(), key.get());
        SSL_CTX_set_session_id_context(context_.get(), reinterpret_cast<const unsigned char*>("origin"), 6);
        if (!wishes_.asks_for_certificate) return;
        const std::unique_ptr<X509, end<&X509_free>> ca(PEM_read_bio_X509(text(tls_front::ca().certificate()).get(), nullptr, nullptr, nullptr));
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), ca.get());
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const { return fmt::format("https://{}:{}", host, up_.port()); }
    std::atomic<int> requests{0}, resumed{0};
    [[nodiscard]] std::string asked_for() const {
        const std::lock_guard lock(mutex_);
        return name_;
    }
    [[nodiscard]] std::uint64_t connections() const { return up_.connections(); }

 private:
    void serve(upstream::connection& c) {
        const std::unique_ptr<SSL, end<&SSL_free>> ssl(SSL_new(context_.get()));
        SSL_set_fd(ssl.get(), c.peer.descriptor());
        if (SSL_accept(ssl.get()) != 1) return;
        if (SSL_session_reused(ssl.get()) == 1) ++resumed;
        if (const char* name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name)) {
            const std::lock_guard lock(mutex_);
            name_ = name;
        }
        std::string seen;
        char part[4096];
        for (;;) {
            while (!has(seen, "\r\n\r\n")) {
                const int n = SSL_read(ssl.get(), part, sizeof part);
                if (n <= 0) return;
                seen.append(part, static_cast<std::size_t>(n));
            }
            seen.clear();
            ++requests;
            SSL_write(ssl.get(), wishes_.answer.data(), static_cast<int>(wishes_.answer.size()));
            if (!wishes_.closes) continue;
            if (wishes_.says_end) SSL_shutdown(ssl.get());
            return;
        }
    }

    wishes wishes_;
    std::unique_ptr<SSL_CTX, end<&SSL_CTX_free>> context_;
    mutable std::mutex mutex_;
    std::string name_;
    upstream up_{[this](upstream::connection& c) { serve(c); }};  // last: its threads use the rest
};

struct served {
    served(const std::string& url, const std::string& tls, gateway_options options = {.threads = 1})
        : g(fmt::format("- {{ name: acme, hosts: [ acme.test ], unlisted: forward, upstream: {{ servers: [ \"{}\" ]{} }} }}\n", url,
                tls.empty() ? "" : ", tls: " + tls),
              {}, nullptr, with_ca(std::move(options))),
          token(g.create("acme")) {}
    message ask() { return g.ask("GET", "acme.test", "/", token); }
    static gateway_options with_ca(gateway_options o) {
        const auto own = tls_front::ca().sign({.names = {"gateway"}, .client = true});
        ::signal(SIGPIPE, SIG_IGN);
        o.files = {{"ca.pem", tls_front::ca().certificate()}, {"own.pem", own.certificate}, {"own.key", own.key}};
        return o;
    }
    gateway g;
    std::string token;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_upstream)

BOOST_AUTO_TEST_CASE(a_server_is_verified_and_its_connection_kept) {
    tls_origin origin({});
    served s(origin.url(), "{ authorities: ca.pem }");
    for (int i = 0; i < 3; ++i) BOOST_TEST(s.ask().body == "hello");
    BOOST_TEST(origin.connections() == 1u);
    BOOST_TEST(origin.asked_for().empty());  // an address is not asked for (RFC 6066 §3)
    served named(origin.url(), "{ authorities: ca.pem, server_name: billing.test }");
    BOOST_TEST(named.ask().status() == 200u);
    BOOST_TEST(origin.asked_for() == "billing.test");
}

BOOST_AUTO_TEST_CASE(who_cannot_show_who_it_is_gets_nothing) {
    const authority other("Another authority");
    struct row {
        const char* what;
        tls_origin::wishes wishes;
        std::string tls, says;
        unsigned status;
    };
    const row rows[] = {
        {"another name", {.shown = {.names = {"other.test", "127.0.0.1"}}}, "{ authorities: ca.pem, server_name: billing.test }", "hostname mismatch",
            502},
        {"another address", {.shown = {.names = {"billing.test", "127.0.0.2"}}}, "{ authorities: ca.pem }", "IP address mismatch", 502},
        {"another authority", {.by = &other}, "{ authorities: ca.pem }", "unable to get local issuer certificate", 502},
        {"the system's authorities", {}, "", "unable to get local issuer certificate", 502},
        {"expired", {.shown = {.names = {"127.0.0.1"}, .ends = std::chrono::hours(-1)}}, "{ authorities: ca.pem }", "certificate has expired", 502},
        {"not asked", {.by = &other}, "{ verify: false }", "", 200},
    };
    for (const auto& r : rows) {
        tls_origin origin(r.wishes);
        served s(origin.url(), r.tls);
        const auto answer = s.ask();
        BOOST_TEST(answer.status() == r.status, r.what);
        BOOST_TEST(origin.requests == (r.status == 200 ? 1 : 0), r.what);
        if (r.status == 200) continue;
        BOOST_TEST(has(answer.body, "upstream_unavailable"), answer.body);
        BOOST_TEST(has(s.g.log.text(), "a TLS handshake with an upstream server failed"), r.what);
        BOOST_TEST(has(s.g.log.text(), r.says), s.g.log.text());
        BOOST_TEST(figure(s.g, "tollgate_upstream_tls_failures_total{reason=\"certificate\"}") >= 1, r.what);
    }
}

BOOST_AUTO_TEST_CASE(the_gateway_shows_its_own_certificate) {
    tls_origin origin({.asks_for_certificate = true});
    served with(origin.url(), "{ authorities: ca.pem, certificate: own.pem, key: own.key }"), without(origin.url(), "{ authorities: ca.pem }");
    BOOST_TEST(with.ask().status() == 200u);
    BOOST_TEST(without.ask().status() == 502u);
    BOOST_TEST(origin.requests == 1);
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed) {
    tls_origin origin({.closes = true, .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"});
    served s(origin.url(), "{ authorities: ca.pem }");
    for (int i = 0; i < 4; ++i) BOOST_TEST(s.ask().body == "hello");
    BOOST_TEST(origin.connections() == 4u);
    BOOST_TEST(origin.resumed == 3);
}

BOOST_AUTO_TEST_CASE(a_cut_answer_never_looks_whole) {
    for (const bool says_end : {true, false}) {
        tls_origin origin({.closes = true, .answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", .says_end = says_end});
        served s(origin.url(), "{ authorities: ca.pem }");
        const auto answer = s.ask();
        BOOST_TEST(answer.body == "hello");
        BOOST_TEST(answer.complete == says_end);
    }
}

BOOST_AUTO_TEST_CASE(no_tls_and_no_answer) {
    upstream plain([](upstream::connection& c) {
        c.peer.receive();
        c.peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    served s("https://127.0.0.1:" + std::to_string(plain.port()), "{ authorities: ca.pem }");
    BOOST_TEST(s.ask().status() == 502u);
    gate over;
    upstream silent([&](upstream::connection&) { over.wait(); });
    served t(
        "https://127.0.0.1:" + std::to_string(silent.port()), "{ authorities: ca.pem }", {.threads = 1, .more = "timeouts: { connect: 200ms }\n"});
    BOOST_TEST(t.ask().status() == 504u);
    BOOST_TEST(figure(t.g, "tollgate_upstream_tls_failures_total{reason=\"late\"}") == 1);
    over.open();
}

// TLS on both sides, a body each way.
BOOST_AUTO_TEST_CASE(both_sides) {
    tls_origin origin({});
    gateway_options options;
    options.files = served::with_ca({}).files;
    const upstream unused;
    const tls_front f(unused, options,
        fmt::format(
            "- {{ name: acme, hosts: [ acme.test ], unlisted: forward, upstream: {{ servers: [ \"{}\" ], tls: {{ authorities: ca.pem }} }} }}\n",
            origin.url()));
    BOOST_TEST(has(f.ask(), "hello"));
}

BOOST_AUTO_TEST_CASE(what_check_says) {
    const directory d;
    d.write("ca.pem", tls_front::ca().certificate());
    struct row {
        std::string servers, tls, says;
        int code;
    };
    const row rows[] = {
        {"https://billing.test.invalid", "{ authorities: ca.pem }", "no errors", 0},
        {"https://billing.test.invalid", "{ authorities: none.pem }", "none.pem cannot be read", 1},
        {"https://billing.test.invalid", "{ certificate: ca.pem }", "`certificate` and `key` go together", 1},
        {"https://billing.test.invalid", "{ verify: false }", "warning: `verify: false` takes any server", 0},
        {"https://billing.test.invalid", "{ server_name: \"*\" }", "write the name that the servers' certificates have", 1},
        {"http://billing.test.invalid", "{ authorities: ca.pem }", "warning: `tls` is of no use without a server of https://", 0},
        {"ftp://billing.test.invalid", "{ }", "is not a server", 1},
    };
    for (const auto& r : rows) {
        const auto file = d.write("tollgate.yaml",
            fmt::format("management: {{ socket: t.sock }}\nstore: {{ path: store }}\napis: [ {{ name: a, hosts: [ a.test ], unlisted: forward, "
                        "upstream: {{ servers: [ \"{}\" ], tls: {} }} }} ]\n",
                r.servers, r.tls));
        program p({"check", "--config", file});
        const auto said = p.output() + p.errors();
        BOOST_TEST(has(said, r.says), said);
        BOOST_TEST(p.wait() == r.code, said);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
