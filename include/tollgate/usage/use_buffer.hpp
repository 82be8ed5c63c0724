// use_buffer.hpp - what tokens did on one thread since the last hand-over: counts, latencies, addresses, routes, scopes. (C-6, C-8)
//
// add() is called after the answer, on the request's thread: one look-up in a table of its own, no lock, no I/O, and no
// allocation but for the table's growth and for a route's name.
// Threads: one buffer a thread. Bounds: bounds::use_entries; full() then, and the thread hands over before the next.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/model/scope_set.hpp"
#include "tollgate/model/token_id.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

// Who did something, when (to the minute), from where and on which route.
struct use_key {
    token_id token;
    std::uint32_t generation = 0;
    std::uint32_t minute = 0;  // since 1970
    ip_address from;           // unset: the management socket
    std::uint64_t route = 0;   // a hash of its method and path, which outlive the table that it stands in; 0: none matched
    friend bool operator==(const use_key&, const use_key&) = default;
};

struct use_key_hash {
    std::size_t operator()(const use_key& k) const noexcept;
};

struct use_counts {
    timestamp last;  // let through or not
    timestamp used;  // let through
    std::uint64_t requests = 0, denials = 0;
    std::uint64_t latency_sum_us = 0, latency_max_us = 0;
    scope_set scopes;  // granted ones that a request needed
    use_counts& operator+=(const use_counts& more) noexcept;
};

// What was counted for a while, each combination once.
struct use_batch {
    boost::unordered_flat_map<use_key, use_counts, use_key_hash> entries;
    boost::unordered_flat_map<std::uint64_t, std::string> routes;  // by use_key::route: "GET /v1/customers/{id}"

    [[nodiscard]] bool empty() const noexcept { return entries.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries.size(); }
    [[nodiscard]] std::uint64_t requests() const noexcept;
    // Everything of `more` as well.
    void add(use_batch more);
};

class use_buffer {
 public:
    // One request of `who` at `at`. `through`: the route that let it pass; nullptr: it was refused, on `refused_on` where that is known.
    void add(const grant& who, const ip_address& from, timestamp at, std::uint64_t latency_us, const api& of, const route* through,
        const route* refused_on = nullptr);
    [[nodiscard]] bool empty() const noexcept { return counted_.empty(); }
    [[nodiscard]] bool full() const noexcept { return counted_.size() >= bounds::use_entries; }
    // Everything since the last time; leaves the buffer empty.
    use_batch take();

 private:
    use_batch counted_;
};

// The scopes of `granted` on which `through` let a request pass: of the first alternative that they satisfy. Where the very
// scope that is demanded was granted, those that merely include it were not needed.
scope_set scopes_used(const api& of, const route& through, const scope_set& granted) noexcept;

}  // namespace tollgate
