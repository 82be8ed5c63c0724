// counters.hpp - what each thread counts, and the sum of it in Prometheus' text form.
//
// A counter has one writer, its thread; a scrape adds them up. Labels are route templates and reasons, never ids.
// Threads: count() of a set from its thread only; write_metrics() from any.
#pragma once

#include "tollgate/base/counter.hpp"
#include "tollgate/crypto/tls_engine.hpp"
#include "tollgate/rules/refusal.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

struct latency_histogram {
    static constexpr std::array<std::uint64_t, 14> bounds_us{
        100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000};
    std::array<counter, bounds_us.size() + 1> buckets;
    counter sum_us;
    void add(std::uint64_t us) noexcept;
};

struct api_counters {
    explicit api_counters(std::size_t routes) : by_route(routes + 1) {}
    std::vector<std::array<counter, 6>> by_route;   // [route number, or the last: none][status / 100]
    std::array<counter, refusal_count> refusals;
    std::array<counter, refusal_count> would_refuse;  // let through, because the API does not enforce
    latency_histogram total, gateway;               // whole exchange; of those passed on, without the time upstream took
};

// Of one thread, by api::index.
using api_counters_list = std::vector<std::shared_ptr<api_counters>>;

// Counters for the APIs of `rules`. Those of `before` go on, which counted by `rules_before`, where an API has the same routes as it had.
api_counters_list make_api_counters(const rulebook& rules, const rulebook* rules_before = nullptr, const api_counters_list& before = {});

struct thread_counters {
    std::array<counter, refusal_count> before_api;      // refused before an API was known
    counter beats;  // turns of the loop's wheel
    counter connections_open, connections_accepted, requests;
    counter refused_by_address, refused_by_descriptors;  // connections that were closed unread
    counter proxy_headers_refused;  // connections to a listener that demands a PROXY header
    counter tls_handshakes, tls_resumed;
    std::array<counter, tls_fault_count> tls_failures;
    counter cache_hits, cache_misses, cache_negatives, cache_drops, reads_overtaken;
    counter upstream_connects, upstream_reuses, upstream_failures, upstream_retries;
    counter pools_up;  // upstream pools with a server that is not known to be down
    counter idempotent_claims, idempotent_replays;  // first requests with a key, and repeats that got the first answer
    counter request_body_bytes, response_body_bytes;
};

struct process_figures {
    std::uint64_t access_log_dropped = 0;
    bool store_open = false;
    std::uint64_t tokens_expiring = 0;
    std::uint64_t uses_dropped = 0, denials_dropped = 0;
    std::chrono::microseconds clock_ahead{}, clock_unsettled{};  // T-8
    std::uint64_t clock_steps_forward = 0, clock_steps_back = 0;
    const latency_histogram *changes_durable = nullptr, *changes_visible = nullptr;  // of the registry
};

struct counted_thread {
    const thread_counters* of = nullptr;
    const api_counters_list* apis = nullptr;
};

std::string write_metrics(const rulebook& rules, const std::vector<counted_thread>& threads, const process_figures& process);

}  // namespace tollgate
