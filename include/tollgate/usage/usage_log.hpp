// usage_log.hpp - last use and use over time of tokens, in the `local` database. (C-6, C-8, PM-12)
//
// Never in a token's record: using a token is no change of it. Threads hand over what they have counted; whoever is off the event
// loops adds it up and once a minute merges it in: times by their maximum, numbers by their sum. What was not written when the
// process is killed is lost, a minute at most.
// "Used" is a request that was let through: a refused one counts as a denial and moves no last use.
// Threads: hand_over() from event loops (a short lock, no I/O); everything else from blocking threads.
// Bounds: bounds::use_batches not added up yet (beyond: dropped and counted), bounds::uses_pending not written yet (then written at once);
// steps of minutes are kept 2 days, of hours 62 days, of days 800 days; bounds::addresses_per_token addresses, bounds::routes_per_token routes.
// Errors: of the database.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/store/database.hpp"
#include "tollgate/usage/use_buffer.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

struct last_use {
    timestamp at;
    ip_address from;
};

struct address_use {
    ip_address from;
    timestamp first, last;
    std::uint64_t requests = 0, denials = 0;
};

struct scope_use {
    timestamp last;
    std::uint64_t requests = 0;
    friend bool operator==(const scope_use&, const scope_use&) = default;
};

struct route_use {
    std::string route;  // "GET /v1/customers/{id}"
    timestamp last;
    std::uint64_t requests = 0, denials = 0;  // denials are requests too
    std::uint64_t latency_sum_us = 0, latency_max_us = 0;
};

// Somebody's id, be it a token's or of what access tokens are issued for, and the routes that they called.
struct caller_use {
    token_id who;
    std::vector<route_use> routes;  // by text
};

enum class usage_step : std::uint8_t { minute, hour, day };
std::chrono::microseconds length_of(usage_step step) noexcept;

struct usage_row {
    timestamp start;
    std::uint64_t requests = 0, denials = 0;
    std::uint64_t latency_sum_us = 0, latency_max_us = 0;
};

// How rows of the family are merged (database.hpp): times by their maximum, numbers by their sum.
void merge_usage(std::string_view key, std::string_view existing, std::string_view operand, std::string& out);

class usage_log {
 public:
    usage_log(database& local, family rows, log_sink& log) : db_(local), rows_(rows), log_(log) {}

    void hand_over(use_batch batch) noexcept;
    // Adds up what was handed over, in memory: to be called soon after each hand-over. One at a time with write_pending().
    void add_up();
    // Merges everything into the store, each token's rows once: to be called once a minute. A second caller waits for the first.
    void write_pending();
    // Requests that are in no row.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

    // By generation; none that was never used.
    [[nodiscard]] result<std::map<std::uint32_t, last_use>> last_uses(const token_id& id) const;
    // The same of these generations, by one look-up each: for lists.
    [[nodiscard]] result<std::map<std::uint32_t, last_use>> last_uses(const token_id& id, const std::vector<token_generation>& of) const;
    // When each granted scope was needed last, and how often; none that never was.
    [[nodiscard]] result<std::map<scope_number, scope_use>> scopes(const token_id& id) const;
    [[nodiscard]] result<std::vector<route_use>> routes(const token_id& id) const;  // called most first
    // Everybody who called a route, by id, behind `after`, at most `most`.
    [[nodiscard]] result<std::vector<caller_use>> callers(const std::optional<token_id>& after, std::size_t most) const;
    [[nodiscard]] result<std::vector<address_use>> addresses(const token_id& id) const;  // seen last first
    // Steps in which something happened, from the one that holds `from` to the one before `to`, oldest first; at most
    // bounds::usage_rows.
    [[nodiscard]] result<std::vector<usage_row>> series(const token_id& id, timestamp from, timestamp to, usage_step step) const;

 private:
    database& db_;
    family rows_;
    log_sink& log_;
    void take_in();
    void write();
    std::mutex waiting_mutex_;
    std::vector<use_batch> waiting_;
    std::mutex turn_;  // one writer
    use_batch pending_;  // under `turn_`: handed over and not written
    std::atomic<std::uint64_t> dropped_{0};
};

// The newest of them; nothing: never used.
std::optional<last_use> newest(const std::map<std::uint32_t, last_use>& uses) noexcept;
// "unix" where it is unset.
std::string use_address_text(const ip_address& from);

}  // namespace tollgate
