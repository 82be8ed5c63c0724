#include "tollgate/telemetry/counters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>

namespace tollgate {

void latency_histogram::add(std::uint64_t us) noexcept {
    const auto at = std::lower_bound(bounds_us.begin(), bounds_us.end(), us);
    buckets[static_cast<std::size_t>(at - bounds_us.begin())].add();
    sum_us.add(us);
}

namespace {

bool same_routes(const api& a, const api& b) {
    const auto facts = [](const route& r) { return std::tie(r.method, r.path); };
    return std::ranges::equal(a.routes.routes(), b.routes.routes(), {}, facts, facts);
}

}  // namespace

api_counters_list make_api_counters(const rulebook& rules, const rulebook* rules_before, const api_counters_list& before) {
    api_counters_list out;
    for (const auto& a : rules.apis()) {
        const api* const was = rules_before != nullptr ? rules_before->by_name(a->name) : nullptr;
        out.push_back(was != nullptr && same_routes(*a, *was) ? before[was->index] : std::make_shared<api_counters>(a->routes.routes().size()));
    }
    return out;
}

namespace {

using threads_list = std::vector<counted_thread>;

class metrics_text {
 public:
    explicit metrics_text(const threads_list& threads) : threads_(threads) {}

    void head(std::string_view name, std::string_view type, std::string_view help) {
        fmt::format_to(std::back_inserter(out), "# HELP tollgate_{} {}\n# TYPE tollgate_{} {}\n", name, help, name, type);
    }
    void line(std::string_view name, std::string_view labels, double value) {
        fmt::format_to(std::back_inserter(out), "tollgate_{}{} {}\n", name, labels, value);
    }
    std::uint64_t sum(const std::function<std::uint64_t(const thread_counters&)>& of) const {
        std::uint64_t total = 0;
        for (const auto& t : threads_) total += of(*t.of);
        return total;
    }
    std::uint64_t sum(const api& a, const std::function<std::uint64_t(const api_counters&)>& of) const {
        std::uint64_t total = 0;
        for (const auto& t : threads_) total += of(*(*t.apis)[a.index]);
        return total;
    }
    void single(std::string_view name, std::string_view type, std::string_view help, counter thread_counters::* member) {
        head(name, type, help);
        line(name, "", static_cast<double>(sum([&](const thread_counters& t) { return (t.*member).get(); })));
    }
    std::string out;

 private:
    const threads_list& threads_;
};

void write_requests(metrics_text& m, const rulebook& rules) {
    m.head("requests_total", "counter", "Requests answered, by API, method, route template and status class.");
    for (const auto& a : rules.apis()) {
        const auto& routes = a->routes.routes();
        for (std::size_t r = 0; r <= routes.size(); ++r) {
            for (std::size_t c = 1; c < 6; ++c) {
                const auto n = m.sum(*a, [&](const api_counters& t) { return t.by_route[r][c].get(); });
                if (n == 0) continue;
                const bool known = r < routes.size();
                m.line("requests_total",
                    fmt::format(
                        R"({{api="{}",method="{}",route="{}",code="{}xx"}})", a->name, known ? routes[r].method : "", known ? routes[r].path : "", c),
                    static_cast<double>(n));
            }
        }
    }
}

void write_refusals(metrics_text& m, const rulebook& rules) {
    m.head("refusals_total", "counter", "Requests refused, by API and reason.");
    for (std::size_t why = 0; why < refusal_count; ++why) {
        const auto name = to_string(static_cast<refusal>(why));
        if (const auto n = m.sum([&](const thread_counters& t) { return t.before_api[why].get(); }); n != 0)
            m.line("refusals_total", fmt::format(R"({{api="",reason="{}"}})", name), static_cast<double>(n));
        for (const auto& a : rules.apis()) {
            const auto n = m.sum(*a, [&](const api_counters& t) { return t.refusals[why].get(); });
            if (n != 0) m.line("refusals_total", fmt::format(R"({{api="{}",reason="{}"}})", a->name, name), static_cast<double>(n));
        }
    }
}

void write_would_refuse(metrics_text& m, const rulebook& rules) {
    m.head("would_refuse_total", "counter", "Requests let through that an API with `enforce: false` would refuse, by API and reason.");
    for (std::size_t why = 0; why < refusal_count; ++why)
        for (const auto& a : rules.apis()) {
            const auto n = m.sum(*a, [&](const api_counters& t) { return t.would_refuse[why].get(); });
            if (n == 0) continue;
            m.line("would_refuse_total", fmt::format(R"({{api="{}",reason="{}"}})", a->name, to_string(static_cast<refusal>(why))),
                static_cast<double>(n));
        }
}

// `labels` end with a comma, or are empty; `bucket` answers what is in one alone.
void write_buckets(
    metrics_text& m, std::string_view name, std::string_view labels, const std::function<std::uint64_t(std::size_t)>& bucket, double sum_seconds) {
    const auto whole = labels.empty() ? std::string() : fmt::format("{{{}}}", labels.substr(0, labels.size() - 1));
    std::uint64_t total = 0;
    for (std::size_t b = 0; b < latency_histogram::bounds_us.size(); ++b) {
        total += bucket(b);
        m.line(fmt::format("{}_bucket", name), fmt::format(R"({{{}le="{}"}})", labels, static_cast<double>(latency_histogram::bounds_us[b]) / 1e6),
            static_cast<double>(total));
    }
    total += bucket(latency_histogram::bounds_us.size());
    m.line(fmt::format("{}_bucket", name), fmt::format(R"({{{}le="+Inf"}})", labels), static_cast<double>(total));
    m.line(fmt::format("{}_sum", name), whole, sum_seconds);
    m.line(fmt::format("{}_count", name), whole, static_cast<double>(total));
}

void write_histogram(metrics_text& m, const rulebook& rules, std::string_view name, std::string_view help, latency_histogram api_counters::* which) {
    m.head(name, "histogram", help);
    for (const auto& a : rules.apis())
        write_buckets(
            m, name, fmt::format(R"(api="{}",)", a->name),
            [&](std::size_t b) { return m.sum(*a, [&](const api_counters& t) { return (t.*which).buckets[b].get(); }); },
            static_cast<double>(m.sum(*a, [&](const api_counters& t) { return (t.*which).sum_us.get(); })) / 1e6);
}

void write_tls(metrics_text& m) {
    m.single("tls_handshakes_total", "counter", "TLS handshakes with callers that were done.", &thread_counters::tls_handshakes);
    m.single("tls_handshakes_resumed_total", "counter", "Of them, those that went on with an earlier session.", &thread_counters::tls_resumed);
    m.head("tls_handshake_failures_total", "counter", "TLS handshakes with callers that failed, by reason.");
    for (std::size_t why = 1; why < tls_fault_count; ++why)
        if (const auto n = m.sum([&](const thread_counters& t) { return t.tls_failures[why].get(); }); n != 0)
            m.line("tls_handshake_failures_total", fmt::format(R"({{reason="{}"}})", to_string(static_cast<tls_fault>(why))), static_cast<double>(n));
}

}  // namespace

std::string write_metrics(const rulebook& rules, const std::vector<counted_thread>& threads, const process_figures& process) {
    metrics_text m(threads);
    write_requests(m, rules);
    write_refusals(m, rules);
    write_would_refuse(m, rules);
    write_histogram(
        m, rules, "request_duration_seconds", "Whole exchange, from the end of the request's head to the end of the answer.", &api_counters::total);
    write_histogram(m, rules, "gateway_overhead_seconds", "Of requests that were passed on: the same without the time that the upstream took.",
        &api_counters::gateway);
    m.single("connections_open", "gauge", "Downstream connections open now.", &thread_counters::connections_open);
    m.single("connections_accepted_total", "counter", "Downstream connections accepted.", &thread_counters::connections_accepted);
    m.head("connections_refused_total", "counter", "Connections closed unread, by reason: too many of one address, no descriptor left.");
    const auto refused = [&](std::string_view why, counter thread_counters::* member) {
        m.line("connections_refused_total", fmt::format(R"({{reason="{}"}})", why),
            static_cast<double>(m.sum([&](const thread_counters& t) { return (t.*member).get(); })));
    };
    refused("address", &thread_counters::refused_by_address);
    refused("descriptors", &thread_counters::refused_by_descriptors);
    m.single("proxy_headers_refused_total", "counter",
        "Connections closed at a listener with proxy_protocol: from no trusted proxy, or without a proper header.",
        &thread_counters::proxy_headers_refused);
    write_tls(m);
    m.single("grant_cache_hits_total", "counter", "Look-ups answered from a thread's cache.", &thread_counters::cache_hits);
    m.single("grant_cache_misses_total", "counter", "Look-ups that read the index.", &thread_counters::cache_misses);
    m.single("grant_cache_negatives_total", "counter", "Look-ups of tokens that are known to be absent.", &thread_counters::cache_negatives);
    m.single("grant_cache_drops_total", "counter", "Times a thread dropped its whole cache because its ring of changes ran over.",
        &thread_counters::cache_drops);
    m.single(
        "grant_reads_overtaken_total", "counter", "Cold reads that a change overtook and that were read again.", &thread_counters::reads_overtaken);
    m.single("upstream_connects_total", "counter", "Connections opened to upstream servers.", &thread_counters::upstream_connects);
    m.single("upstream_reuses_total", "counter", "Requests sent on a kept-alive upstream connection.", &thread_counters::upstream_reuses);
    m.single("upstream_failures_total", "counter", "Exchanges that an upstream failed.", &thread_counters::upstream_failures);
    m.single(
        "upstream_retries_total", "counter", "Requests sent again because a kept-alive connection had closed.", &thread_counters::upstream_retries);
    m.single(
        "idempotent_claims_total", "counter", "Requests with an idempotency key that were the first with it.", &thread_counters::idempotent_claims);
    m.single("idempotent_replays_total", "counter", "Repeats that got the first answer; those that were refused are in tollgate_refusals_total.",
        &thread_counters::idempotent_replays);
    m.single("request_body_bytes_total", "counter", "Body bytes received from callers.", &thread_counters::request_body_bytes);
    m.single("response_body_bytes_total", "counter", "Body bytes sent to callers.", &thread_counters::response_body_bytes);
    m.head("access_log_dropped_buffers_total", "counter", "Buffers of access log lines lost because the log could not be written.");
    m.line("access_log_dropped_buffers_total", "", static_cast<double>(process.access_log_dropped));
    m.head("store_open", "gauge", "1 while the store can be read and written.");
    m.line("store_open", "", process.store_open ? 1 : 0);
    const auto of_changes = [&](const char* name, const char* help, const latency_histogram* h) {
        if (h == nullptr) return;
        m.head(name, "histogram", help);
        write_buckets(m, name, "", [&](std::size_t b) { return h->buckets[b].get(); }, static_cast<double>(h->sum_us.get()) / 1e6);
    };
    of_changes("change_commit_seconds", "From when a group of changes is taken until it is durable.", process.changes_durable);
    of_changes("change_visible_seconds", "From when a group of changes is durable until every thread decides by it.", process.changes_visible);
    m.head("tokens_expiring", "gauge", "Tokens that work and expire within 14 days.");
    m.line("tokens_expiring", "", static_cast<double>(process.tokens_expiring));
    m.head("uses_dropped_total", "counter", "Requests that are missing from what is shown of tokens' use.");
    m.line("uses_dropped_total", "", static_cast<double>(process.uses_dropped));
    m.head("denials_dropped_total", "counter", "Denials lost for the audit log because they could not be written.");
    m.line("denials_dropped_total", "", static_cast<double>(process.denials_dropped));
    const auto seconds = [](std::chrono::microseconds d) { return static_cast<double>(d.count()) / 1e6; };
    m.head("clock_ahead_seconds", "gauge", "How far the time that is decided by is ahead of the system's clock: that was set back.");
    m.line("clock_ahead_seconds", "", seconds(process.clock_ahead));
    m.head("clock_unsettled_seconds", "gauge", "How far the system's clock went forward, while that has not stood for ten minutes.");
    m.line("clock_unsettled_seconds", "", seconds(process.clock_unsettled));
    m.head("clock_steps_total", "counter",
        "Steps of the system's clock while the gateway ran: forward by over five minutes, back by over five seconds.");
    m.line("clock_steps_total", R"({way="forward"})", static_cast<double>(process.clock_steps_forward));
    m.line("clock_steps_total", R"({way="back"})", static_cast<double>(process.clock_steps_back));
    return std::move(m.out);
}

}  // namespace tollgate
