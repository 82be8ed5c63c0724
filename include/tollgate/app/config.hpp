// config.hpp - the operator's configuration as values: listeners, store, limits, APIs.
//
// One table of keys (src/app/config_table.hpp) feeds the parser, the checks, the suggestions for unknown keys and the
// sample conf/tollgate.yaml. Contracts and OpenAPI documents are only named here; app/build_rulebook.hpp reads them.
// A key that this build does not enforce is an error: an operator must never believe in a protection that is not there.
// Relative paths are relative to the file that names them, and come out joined to its directory.
// Threads: values; immutable after load.
// Errors: problems with file, line and what to write instead; any error means no configuration.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/rules/pace.hpp"
#include "tollgate/rules/pool.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

// Where a certificate and its key are: "file:<path>" or "credential:<name>".
struct certificate_config {
    std::string certificate, key;
    int line = 0;
};

struct client_certificates_config {
    std::string authorities;  // where; empty: callers are asked for none
    bool required = true;     // false: a caller without one is let in
    int line = 0;
};

struct listener_tls_config {
    std::vector<certificate_config> certificates;  // the first is shown to who asks for none of their names
    client_certificates_config client_certificates;
    bool version_1_2 = true;  // false: TLS 1.3 alone
    int line = 0;             // 0: the listener has no TLS
    [[nodiscard]] bool enabled() const noexcept { return line != 0; }
};

struct listener_config {
    std::string address = "127.0.0.1";  // numeric, IPv4 or IPv6
    std::uint16_t port = 8080;          // 0: the system picks one
    bool treat_as_secure = false;       // counts as HTTPS for `transport: https_only`
    bool proxy_protocol = false;        // demands a PROXY header, from a trusted proxy
    listener_tls_config tls{};
    int line = 0;                       // in the file; 0: a default
};

struct management_config {
    std::string socket = "/run/tollgate/tollgate.sock";
    bool socket_given = false;  // on the command line, which overrules the file
    listener_config listener{.address = "127.0.0.1", .port = 8081, .treat_as_secure = false, .proxy_protocol = false, .line = 0};
};

struct store_config {
    std::string path = "/var/lib/tollgate";
    std::size_t cache_bytes = 256ull << 20;
};

// Where secrets of the gateway's own come from; never the secrets themselves.
struct keys_config {
    std::string master;  // "file:<path>", "env:<name>", "credential:<name>"; empty: none (app/master_key.hpp)
    int line = 0;
};

struct audit_config {
    std::chrono::milliseconds retention = std::chrono::hours(400 * 24);  // 0: for ever
};

struct timeouts_config {
    std::chrono::milliseconds head{10'000};           // first byte of a request to the end of its head: 408
    std::chrono::milliseconds body_idle{30'000};      // between two reads of a request's body: 408
    std::chrono::milliseconds keep_alive{60'000};     // between two requests of a connection: closed
    std::chrono::milliseconds connect{2'000};         // to an upstream server: 502
    std::chrono::milliseconds first_byte{30'000};     // request sent to the first byte of the answer: 504
    std::chrono::milliseconds response_idle{30'000};  // between two reads of an answer, and of writes to a slow reader: aborted
    std::chrono::milliseconds total{0};               // a whole exchange; zero: no limit (event streams)
    std::chrono::milliseconds drain{30'000};          // SIGTERM to the end of open exchanges
};

struct limits_config {
    std::size_t head_bytes = bounds::head_bytes;      // 431
    std::size_t headers = bounds::header_count;       // 431
    std::size_t target_bytes = bounds::target_bytes;  // 414
    std::uint64_t body_bytes = 100ull << 20;          // 413
    std::size_t connections = 20'000;                 // downstream, all listeners together: beyond, not accepted
    std::size_t connections_per_address = 1'000;      // beyond, closed; 0: no bound
};

struct access_log_config {
    enum class kind : std::uint8_t { off, standard_output, file } to = kind::standard_output;
    std::string path;  // for file
};

struct server_address {
    std::string host;  // numeric, or a name that is resolved at start, at each reload, and every rules.resolve (net/pool_keeper)
    std::uint16_t port = 80;
    std::string scheme = "http";
    std::uint32_t weight = 1;
    bool drain = false;
    [[nodiscard]] std::string text() const;  // host:port, brackets around IPv6
};

// Of the servers of a pool that are written https://. Sources as of a certificate_config.
struct upstream_tls_config {
    std::string authorities;       // whose certificates are good; empty: the system's
    std::string server_name;       // whom a certificate must name; empty: the server's own host
    std::string certificate, key;  // shown where a server asks; empty: none
    bool verify = true;
    int line = 0;
};

// Which requests are traced, and where their spans go.
struct traces_config {
    server_address server;   // of the collector
    std::string path;        // there, with its query
    double share = 0.01;     // of requests without a caller's trace
    pace most{10'000, 100};  // of all that are traced
    std::vector<std::pair<std::string, std::string>> headers;  // names, and where the values are, as keys_config::master
    std::string service_name = "tollgate";
    std::chrono::milliseconds timeout{10'000};
    upstream_tls_config tls;
    int line = 0;            // 0: nothing is traced
    [[nodiscard]] bool enabled() const noexcept { return line != 0; }
};

struct telemetry_config {
    traces_config traces;
};

// Where an environment of an API is forwarded to.
struct pool_config {
    std::string name;                     // "<api>" or "<api>/<environment>": for logs and metrics
    std::string environment;              // empty: serves every environment of its API
    std::vector<server_address> servers;  // at least one
    std::string host;                     // Host sent upstream; empty: as received
    std::string secret;                   // where what identity is signed with is, as keys_config::master; empty: it is not signed
    upstream_tls_config tls;
    pool_rules rules;
    int line = 0;
};

struct host_config {
    std::string host;         // lower-case, without port or final dot; "*" takes what no other host takes
    std::string environment;  // empty: the API's only one
    int line = 0;
};

struct api_config {
    std::string name;
    std::vector<host_config> hosts;
    std::string contract;  // file; empty: the generic contract
    std::string openapi;   // file; empty: no routes, which `unlisted` then judges
    std::vector<pool_config> upstream;
    unlisted_mode unlisted = unlisted_mode::refuse;
    publish_mode publish = publish_mode::off;
    cors_rules cors;
    portal_rules portal;   // without a kind, it is the contract's first
    bool enforce = true;   // false: lacking scopes, includes and audiences are counted and let through (C-16)
    bool unsupported_security_is_token = false;
    int line = 0;
};

struct config {
    std::string file;
    std::vector<listener_config> listeners;
    management_config management;
    store_config store;
    keys_config keys;
    unsigned threads = 0;  // 0: one a core
    std::vector<ip_block> trusted_proxies;  // whose word on a caller's address and on HTTPS is taken (PM-8)
    timeouts_config timeouts;
    limits_config limits;
    access_log_config access_log;
    audit_config audit;
    telemetry_config telemetry;
    std::vector<api_config> apis;
};

inline constexpr std::string_view default_config_file = "/etc/tollgate/tollgate.yaml";

// Reads and checks `file`.
std::optional<config> load_config(const std::string& file, problem_list& problems);
// Checks a document that has been read already; relative paths are joined to the directory of `doc.file`.
std::optional<config> read_config(const document& doc, problem_list& problems);

// conf/tollgate.yaml: every key with its default and what it means.
std::string sample_config();

}  // namespace tollgate
