#include "app/config_table.hpp"

#include "app/config_api.hpp"
#include "app/config_fields.hpp"
#include "app/config_pool.hpp"
#include "app/config_telemetry.hpp"
#include "app/config_tls.hpp"
#include "tollgate/model/ip_address.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

using namespace config_fields;

void listener_address(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text) return;
    if (!ip_address::parse(*text)) return at.error(value, fmt::format("`{}` is not an address: write one like 127.0.0.1, 0.0.0.0 or ::1", *text));
    static_cast<listener_config*>(into)->address = *text;
}

void trusted_proxies(config_place& at, const config_key& key, const node& value, void* into) {
    const auto texts = read_scalars(at, value);
    if (!texts) return;
    auto& list = static_cast<config*>(into)->trusted_proxies;
    list.clear();
    if (texts->size() > bounds::trusted_proxies)
        return at.error(value, fmt::format("`{}` has more than {} entries: write larger blocks", key.name, bounds::trusted_proxies));
    for (const auto* text : *texts) {
        const auto block = ip_block::parse(text->text());
        if (!block) at.error(*text, fmt::format("`{}` is no address or block: write one like 10.0.0.1, 10.0.0.0/8 or fd00::/8", text->text()));
        else list.push_back(*block);
    }
}

void access_log_path(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text) return;
    auto& log = *static_cast<access_log_config*>(into);
    // YAML 1.1 writers know `off` as false; both mean the same here.
    log.to = *text == "stdout"               ? access_log_config::kind::standard_output
        : *text == "off" || *text == "false" ? access_log_config::kind::off
                                             : access_log_config::kind::file;
    log.path = log.to == access_log_config::kind::file ? at.beside_file(*text) : std::string{};
}

void master_key(config_place& at, const config_key&, const node& value, void* into) {
    auto& keys = *static_cast<keys_config*>(into);
    keys.line = value.line();
    if (value.what() == node::kind::null) return;
    if (auto source = read_secret_source(at, value)) keys.master = std::move(*source);
}

constexpr std::int64_t kib = 1024, gib = kib * kib * kib;
constexpr value_range port_range{0, 65535};

const config_key listener_keys[] = {
    {.name = "address", .fallback = "127.0.0.1", .doc = "numeric, IPv4 or IPv6", .read = listener_address},
    {.name = "port", .fallback = "8080", .doc = "0: the system picks one", .read = count<&listener_config::port>, .range = port_range},
    {.name = "treat_as_secure",
        .fallback = "false",
        .doc = "counts as HTTPS, where something in front ends TLS",
        .read = boolean<&listener_config::treat_as_secure>},
    {.name = "proxy_protocol",
        .fallback = "false",
        .doc = "every connection must begin with a PROXY header (v1 or v2), and come from one of trusted_proxies",
        .read = boolean<&listener_config::proxy_protocol>},
    {.name = "tls", .fallback = "", .doc = "HTTPS", .read = section<&listener_config::tls>, .section = &listener_tls_section(), .optional = true},
};
const config_section listener_section{"listeners", listener_keys};

const config_key management_listener_keys[] = {
    {.name = "address", .fallback = "127.0.0.1", .doc = "numeric, IPv4 or IPv6", .read = listener_address},
    {.name = "port", .fallback = "8081", .doc = "0: the system picks one", .read = count<&listener_config::port>, .range = port_range},
    {.name = "tls",
        .fallback = "",
        .doc = "HTTPS, as of the listeners",
        .read = section<&listener_config::tls>,
        .section = &listener_tls_section(),
        .optional = true},
};
const config_section management_listener_section{"listener", management_listener_keys};

const config_key management_keys[] = {
    {.name = "socket",
        .fallback = "/run/tollgate/tollgate.sock",
        .doc = "the command line's way in; who may open it is its directory's mode and owner",
        .read = path<&management_config::socket>},
    {.name = "listener",
        .fallback = "",
        .doc = "/metrics, /healthz, /readyz and the management API",
        .read = section<&management_config::listener>,
        .section = &management_listener_section},
};
const config_section management_section{"management", management_keys};

const config_key store_keys[] = {
    {.name = "path", .fallback = "/var/lib/tollgate", .doc = "directory of the databases", .read = path<&store_config::path>},
    {.name = "cache",
        .fallback = "256MiB",
        .doc = "memory for blocks of the databases",
        .read = size<&store_config::cache_bytes>,
        .range = {kib * kib, 1024 * gib}},
    {.name = "encryption",
        .fallback = "",
        .doc = "encryption at rest is not in this build: keep the store on an encrypted volume (it holds digests, no token's text)"},
};
const config_section store_section{"store", store_keys};

const config_key keys_keys[] = {
    {.name = "master",
        .fallback = "",
        .doc = "32 bytes as hex (openssl rand -hex 32): file:<path>, env:<name> or credential:<name>; kept apart from the store",
        .read = master_key},
};
const config_section keys_section{"keys", keys_keys};

const config_key timeouts_keys[] = {
    {.name = "head",
        .fallback = "10s",
        .doc = "for the whole head of a request to arrive: 408",
        .read = duration<&timeouts_config::head>,
        .range = some_time},
    {.name = "body_idle",
        .fallback = "30s",
        .doc = "without a byte of a request's body: 408",
        .read = duration<&timeouts_config::body_idle>,
        .range = some_time},
    {.name = "keep_alive",
        .fallback = "60s",
        .doc = "between two requests of a connection: closed",
        .read = duration<&timeouts_config::keep_alive>,
        .range = some_time},
    {.name = "connect", .fallback = "2s", .doc = "to reach an upstream server: 502", .read = duration<&timeouts_config::connect>, .range = some_time},
    {.name = "first_byte",
        .fallback = "30s",
        .doc = "for an upstream's answer to begin: 504",
        .read = duration<&timeouts_config::first_byte>,
        .range = some_time},
    {.name = "response_idle",
        .fallback = "30s",
        .doc = "without a byte of an answer's body, or a reader that takes none: aborted",
        .read = duration<&timeouts_config::response_idle>,
        .range = some_time},
    {.name = "total",
        .fallback = "never",
        .doc = "for one whole exchange; `never`: as long as bytes move",
        .read = duration<&timeouts_config::total>,
        .range = any_time},
    {.name = "drain",
        .fallback = "30s",
        .doc = "for open exchanges to end after SIGTERM",
        .read = duration<&timeouts_config::drain>,
        .range = any_time},
};
const config_section timeouts_section{"timeouts", timeouts_keys};

const config_key limits_keys[] = {
    {.name = "head",
        .fallback = "32KiB",
        .doc = "of a request or an answer: 431, 502",
        .read = size<&limits_config::head_bytes>,
        .range = {kib, bounds::head_bytes_max}},
    {.name = "headers",
        .fallback = "100",
        .doc = "fields in a head: 431, 502",
        .read = count<&limits_config::headers>,
        .range = {8, bounds::header_count_max}},
    {.name = "target",
        .fallback = "8KiB",
        .doc = "of a request line: 414",
        .read = size<&limits_config::target_bytes>,
        .range = {64, bounds::head_bytes_max}},
    {.name = "body", .fallback = "100MiB", .doc = "of a request: 413", .read = size<&limits_config::body_bytes>, .range = {0, 1024 * gib}},
    {.name = "connections",
        .fallback = "20000",
        .doc = "of callers at once, all listeners together: beyond, they wait to be accepted",
        .read = count<&limits_config::connections>,
        .range = {1, 10'000'000}},
    {.name = "connections_per_address",
        .fallback = "1000",
        .doc = "of one address (IPv6: of one /64) at once; beyond, they are closed. 0: no bound. Trusted proxies and this machine are not counted",
        .read = count<&limits_config::connections_per_address>,
        .range = {0, 10'000'000}},
};
const config_section limits_section{"limits", limits_keys};

const config_key access_log_keys[] = {
    {.name = "path", .fallback = "stdout", .doc = "stdout, off, or a file; one JSON line a request", .read = access_log_path},
};
const config_section access_log_section{"access_log", access_log_keys};

const config_key audit_keys[] = {
    {.name = "retention",
        .fallback = "400d",
        .doc = "how long events are kept, in whole segments of a day; `never`: none is taken away",
        .read = duration<&audit_config::retention>,
        .range = {0, 36'500 * day_ms}},
};
const config_section audit_section{"audit", audit_keys};

const config_key cors_keys[] = {
    {.name = "origins",
        .fallback = "",
        .doc = "pages that may call from a browser; \"*\": every page",
        .read = read_cors_origins,
        .example = "[ \"https://app.example\" ]",
        .required = true},
};
const config_section cors_section{"cors", cors_keys};

const config_key portal_keys[] = {
    {.name = "path", .fallback = "", .doc = "of the page, on the API's hosts", .read = read_portal_path, .example = "/portal", .required = true},
    {.name = "kind",
        .fallback = "",
        .doc = "of the tokens that users make for themselves; without it, the contract's first",
        .read = read_portal_kind,
        .example = "customer"},
    {.name = "scopes",
        .fallback = "",
        .doc = "that those may have; without it, every scope of the API",
        .read = read_portal_scopes,
        .example = "[ billing.read ]"},
};
const config_section portal_section{"portal", portal_keys};

const config_key api_keys[] = {
    {.name = "name", .fallback = "", .doc = "lower-case letters, digits and dashes", .read = read_api_name, .example = "billing", .required = true},
    {.name = "hosts",
        .fallback = "",
        .doc = "a list, or {host: environment}; \"*\" takes what no other host takes",
        .read = read_api_hosts,
        .example = "{ api.example: live, sandbox.example: sandbox }",
        .required = true},
    {.name = "contract",
        .fallback = "",
        .doc = "token rules and wording of refusals; without one, the generic contract",
        .read = path<&api_config::contract>,
        .example = "contracts/billing.yaml"},
    {.name = "openapi",
        .fallback = "",
        .doc = "routes and the scopes that they demand",
        .read = path<&api_config::openapi>,
        .example = "openapi/billing.yaml"},
    {.name = "upstream",
        .fallback = "",
        .doc = "one pool, or one for each environment: { live: { servers: … }, sandbox: { servers: … } }",
        .read = read_api_upstream,
        .example = "{ servers: [ \"http://127.0.0.1:9000\" ] }",
        .section = &pool_section(),
        .required = true},
    {.name = "unlisted", .fallback = "refuse", .doc = "what no operation covers: refuse, or forward with any valid token", .read = read_api_unlisted},
    {.name = "enforce",
        .fallback = "true",
        .doc = "false: a lacking scope, include or audience is let through, counted and logged; bad tokens never are",
        .read = boolean<&api_config::enforce>},
    {.name = "publish", .fallback = "off", .doc = "/openapi.json for: public, token (any valid one), off", .read = read_api_publish},
    {.name = "unsupported_security",
        .fallback = "refuse",
        .doc = "security schemes that are no bearer token: refuse the document, or take them as token",
        .read = read_api_unsupported_security},
    {.name = "cors", .fallback = "", .doc = "answers preflights", .read = section<&api_config::cors>, .section = &cors_section},
    {.name = "portal",
        .fallback = "",
        .doc = "where the API's users sign in and keep tokens of their own",
        .read = section<&api_config::portal>,
        .section = &portal_section},
};
const config_section api_section{"apis", api_keys};

const config_key root_keys[] = {
    {.name = "listeners",
        .fallback = "",
        .doc = "Where callers connect, with HTTP/1.1 in the clear or under TLS",
        .read = items<&config::listeners>,
        .section = &listener_section,
        .items = true},
    {.name = "management",
        .fallback = "",
        .doc = "Where operators and monitoring connect",
        .read = section<&config::management>,
        .section = &management_section},
    {.name = "store", .fallback = "", .doc = "What is kept", .read = section<&config::store>, .section = &store_section},
    {.name = "keys",
        .fallback = "",
        .doc = "What other keys are derived from; needed where an operation knows idempotency",
        .read = section<&config::keys>,
        .section = &keys_section},
    {.name = "threads", .fallback = "0", .doc = "Threads that serve callers; 0: one a core", .read = count<&config::threads>, .range = {0, 256}},
    {.name = "trusted_proxies",
        .fallback = "[]",
        .doc = "Addresses and blocks of proxies that are believed when they name a caller or say https. Each must write X-Forwarded-For, "
               "-Proto or Forwarded itself",
        .read = trusted_proxies},
    {.name = "timeouts", .fallback = "", .doc = "How long anything may take", .read = section<&config::timeouts>, .section = &timeouts_section},
    {.name = "limits", .fallback = "", .doc = "How large anything may be", .read = section<&config::limits>, .section = &limits_section},
    {.name = "access_log",
        .fallback = "",
        .doc = "What was asked and answered",
        .read = section<&config::access_log>,
        .section = &access_log_section},
    {.name = "audit", .fallback = "", .doc = "Who changed what, and who was refused", .read = section<&config::audit>, .section = &audit_section},
    {.name = "telemetry",
        .fallback = "",
        .doc = "What others are told of requests",
        .read = section<&config::telemetry>,
        .section = &telemetry_section(),
        .optional = true},
    {.name = "apis",
        .fallback = "",
        .doc = "What stands behind the gateway. Without an API every request is answered 421",
        .read = items<&config::apis>,
        .section = &api_section,
        .items = true},
};

}  // namespace

const config_section& config_root() noexcept {
    static const config_section root{"", root_keys};
    return root;
}

}  // namespace tollgate
