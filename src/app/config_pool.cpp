#include "app/config_pool.hpp"

#include "app/config_fields.hpp"
#include "app/config_tls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tollgate {
namespace {

using namespace config_fields;

constexpr value_range many{0, 1'000'000};
constexpr value_range some{1, 1'000};

// A reader of a member of pool_rules, for keys that stand beside the servers.
template <config_key::reader Read>
void rule(config_place& at, const config_key& key, const node& value, void* into) {
    Read(at, key, value, &static_cast<pool_config*>(into)->rules);
}

void server_url(config_place& at, const config_key&, const node& value, void* into) {
    if (auto server = read_server(at, value)) {
        auto& out = *static_cast<server_address*>(into);
        out.host = std::move(server->host);
        out.port = server->port;
        out.scheme = std::move(server->scheme);
    }
}

const config_key server_keys[] = {
    {.name = "url",
        .fallback = "",
        .doc = "http://ADDRESS:PORT or https://NAME:PORT",
        .read = server_url,
        .example = "\"http://127.0.0.1:9000\"",
        .required = true},
    {.name = "weight", .fallback = "1", .doc = "of two servers", .read = count<&server_address::weight>, .range = {0, 1'000}},
    {.name = "drain", .fallback = "false", .doc = "nothing new", .read = boolean<&server_address::drain>},
};
const config_section server{"servers", server_keys};

void servers(config_place& at, const config_key&, const node& value, void* into) {
    auto& list = static_cast<pool_config*>(into)->servers;
    const auto add = [&](const node& one) {
        if (one.is_mapping()) {
            auto& added = list.emplace_back();
            read_section(at, server, one, &added);
        } else if (auto found = read_server(at, one)) {
            list.push_back(std::move(*found));
        }
    };
    if (!value.is_sequence()) return add(value);
    for (std::size_t i = 0; i < value.items().size(); ++i) {
        const config_place::step down(at, i);
        add(value.items()[i]);
    }
    if (value.items().empty()) at.error(value, "a pool without a server: write at least one, like [ \"http://127.0.0.1:9000\" ]");
}

void host(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text) return;
    const bool clean = std::ranges::all_of(*text, [](char c) { return c > ' ' && c < '\x7f' && c != '/' && c != '@'; });
    if (!clean) return at.error(value, fmt::format("`{}` cannot stand in a Host header: write a name, with a port where it has one", *text));
    static_cast<pool_config*>(into)->host = *text;
}

void signing_secret(config_place& at, const config_key&, const node& value, void* into) {
    if (auto source = read_secret_source(at, value)) static_cast<pool_config*>(into)->secret = std::move(*source);
}

void health_path(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text) return;
    const bool clean = text->front() == '/' && std::ranges::all_of(*text, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!clean) return at.error(value, fmt::format("`{}` is no path: write one like /healthz", *text));
    static_cast<health_rules*>(into)->path = *text;
}

std::optional<unsigned> status_of(std::string_view text) noexcept {
    unsigned out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || out < 100 || out > 599) return std::nullopt;
    return out;
}

void health_status(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text) return;
    const auto dash = text->find('-');
    const auto least = status_of(std::string_view(*text).substr(0, dash));
    const auto most = dash == std::string::npos ? least : status_of(std::string_view(*text).substr(dash + 1));
    if (!least || !most || *least > *most)
        return at.error(value, fmt::format("`{}` is no status: write one like 204, or a range like 200-299", *text));
    auto& out = *static_cast<health_rules*>(into);
    out.least_status = *least;
    out.most_status = *most;
}

void health(config_place& at, const config_key& key, const node& value, void* into) {
    if (value.what() == node::kind::null) return;
    read_section(at, *key.section, value, &static_cast<pool_rules*>(into)->health.emplace());
}

const config_key health_keys[] = {
    {.name = "path", .fallback = "", .doc = "what is asked for, with GET", .read = health_path, .example = "/healthz", .required = true},
    {.name = "interval", .fallback = "5s", .doc = "between two checks", .read = duration<&health_rules::interval>, .range = {100, day_ms}},
    {.name = "timeout", .fallback = "2s", .doc = "to connect, and again to answer", .read = duration<&health_rules::timeout>, .range = some_time},
    {.name = "healthy_after", .fallback = "2", .doc = "good checks in a row", .read = count<&health_rules::healthy_after>, .range = some},
    {.name = "unhealthy_after",
        .fallback = "3",
        .doc = "bad checks in a row; the first check of all decides alone",
        .read = count<&health_rules::unhealthy_after>,
        .range = some},
    {.name = "status", .fallback = "200-299", .doc = "of a good answer: one, or a range", .read = health_status},
};
const config_section health_section{"health", health_keys};

const config_key retry_keys[] = {
    {.name = "attempts", .fallback = "1", .doc = "more, after the first", .read = count<&retry_rules::attempts>, .range = {0, 10}},
    {.name = "budget",
        .fallback = "20",
        .doc = "of requests that may be sent again, in %",
        .read = count<&retry_rules::budget_percent>,
        .range = percent},
    {.name = "with_idempotency_key",
        .fallback = "false",
        .doc = "true: the servers themselves do a request with such a key once, so that it may be sent again whatever its method",
        .read = boolean<&retry_rules::with_idempotency_key>},
};
const config_section retry_section{"retries", retry_keys};

const config_key ejection_keys[] = {
    {.name = "consecutive", .fallback = "5", .doc = "failures in a row; 0: not by these", .read = count<&ejection_rules::consecutive>, .range = many},
    {.name = "rate",
        .fallback = "50",
        .doc = "of failures in a window, in %; 0: not by these",
        .read = count<&ejection_rules::rate_percent>,
        .range = percent},
    {.name = "least_requests",
        .fallback = "20",
        .doc = "in a window, for its rate to count",
        .read = count<&ejection_rules::least_requests>,
        .range = {1, 1'000'000}},
    {.name = "share",
        .fallback = "50",
        .doc = "of the pool that may be out at once, in %; 0: nobody",
        .read = count<&ejection_rules::share_percent>,
        .range = percent},
    {.name = "window", .fallback = "10s", .doc = "over which a rate is counted", .read = duration<&ejection_rules::window>, .range = some_time},
    {.name = "time", .fallback = "10s", .doc = "out, times how often it was", .read = duration<&ejection_rules::time>, .range = some_time},
    {.name = "longest", .fallback = "5m", .doc = "at most", .read = duration<&ejection_rules::longest>, .range = some_time},
};
const config_section ejection_section{"ejection", ejection_keys};

const config_key breaker_keys[] = {
    {.name = "rate",
        .fallback = "0",
        .doc = "of failures in a window, of the whole pool, in %; 0: no breaker",
        .read = count<&breaker_rules::rate_percent>,
        .range = percent},
    {.name = "least_requests",
        .fallback = "20",
        .doc = "in a window, for its rate to count",
        .read = count<&breaker_rules::least_requests>,
        .range = {1, 1'000'000}},
    {.name = "window", .fallback = "10s", .doc = "over which the rate is counted", .read = duration<&breaker_rules::window>, .range = some_time},
    {.name = "time", .fallback = "5s", .doc = "that nobody is asked", .read = duration<&breaker_rules::time>, .range = some_time},
    {.name = "probes",
        .fallback = "3",
        .doc = "requests that are let through then, and must go well",
        .read = count<&breaker_rules::probes>,
        .range = some},
};
const config_section breaker_section{"breaker", breaker_keys};

const config_key pool_keys[] = {
    {.name = "servers",
        .fallback = "",
        .doc = "each a URL, or { url, weight: 1, drain: false }; one with weight 0 or drain: true gets nothing new",
        .read = servers,
        .example = "[ \"http://127.0.0.1:9000\", { url: \"http://127.0.0.1:9001\", weight: 2 } ]",
        .required = true},
    {.name = "host", .fallback = "", .doc = "Host that the servers get; without it, as received", .read = host, .example = "billing.internal"},
    {.name = "secret",
        .fallback = "",
        .doc = "signs who calls, in X-Tollgate-Assertion: at least 32 bytes, in file:<path>, env:<name> or credential:<name>",
        .read = signing_secret,
        .example = "\"file:/etc/tollgate/billing.secret\""},
    {.name = "tls",
        .fallback = "",
        .doc = "of servers that are written https://",
        .read = section<&pool_config::tls>,
        .section = &upstream_tls_section(),
        .optional = true},
    {.name = "health",
        .fallback = "",
        .doc = "servers are asked how they are; without it, only by what exchanges with them show",
        .read = rule<health>,
        .section = &health_section},
    {.name = "max_connections",
        .fallback = "0",
        .doc = "to the pool, in equal shares of the threads (one each at least); 0: no bound. Beyond, requests wait",
        .read = rule<count<&pool_rules::max_connections>>,
        .range = many},
    {.name = "queue", .fallback = "100", .doc = "requests that may wait; beyond: 503", .read = rule<count<&pool_rules::queue>>, .range = many},
    {.name = "queue_timeout", .fallback = "1s", .doc = "then 503", .read = rule<duration<&pool_rules::queue_timeout>>, .range = some_time},
    {.name = "adaptive_limit",
        .fallback = "false",
        .doc = "true: requests at once are bounded by what answers take; for pools whose routes take about as long as each other",
        .read = rule<boolean<&pool_rules::adaptive>>},
    {.name = "retries",
        .fallback = "",
        .doc = "where no answer came, and nothing can be done twice",
        .read = rule<section<&pool_rules::retry>>,
        .section = &retry_section},
    {.name = "ejection",
        .fallback = "",
        .doc = "a server whose exchanges fail, or are answered 502, 503 or 504, is left out for a while",
        .read = rule<section<&pool_rules::ejection>>,
        .section = &ejection_section},
    {.name = "breaker",
        .fallback = "",
        .doc = "a pool whose exchanges fail is not asked for a while: 503",
        .read = rule<section<&pool_rules::breaker>>,
        .section = &breaker_section},
    {.name = "resolve",
        .fallback = "30s",
        .doc = "names of servers are resolved again; `never`: at a reload only. One that has no address yet: every 5s at least",
        .read = rule<duration<&pool_rules::resolve>>,
        .range = any_time},
};
const config_section pool{"upstream", pool_keys};

}  // namespace

const config_section& pool_section() noexcept { return pool; }

}  // namespace tollgate
