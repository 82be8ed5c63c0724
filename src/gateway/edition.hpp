// edition.hpp - what one thread serves by from one reload to the next: a plane, and what this thread has for it.
//
// An exchange holds the edition that it began under until it is accounted, so that its rules, its routes and its upstreams stay; whoever lets go
// last frees one that is no longer in force. The counts of holders are one thread's, and not atomic.
// Threads: the worker's; its counters are read by any.
#pragma once

#include "tollgate/gateway/plane.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/model/scope_set.hpp"
#include "tollgate/telemetry/counters.hpp"

#include <boost/smart_ptr/local_shared_ptr.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tollgate {

class edition {
 public:
    edition(std::shared_ptr<const plane> by, api_counters_list counts, loop& on, timer_wheel& wheel, std::size_t thread);

    [[nodiscard]] const plane& shared() const noexcept { return *plane_; }
    [[nodiscard]] upstream_set& upstream(std::uint32_t pool) noexcept { return *upstreams_[pool]; }
    [[nodiscard]] const std::vector<std::unique_ptr<upstream_set>>& upstreams() const noexcept { return upstreams_; }
    [[nodiscard]] api_counters& count(const api& of) noexcept { return *counts_[of.index]; }
    // Effective scopes of a grant, remembered per set (rulebook's api::effective_scopes is slow).
    std::string_view scopes_text(const api& of, const grant& g);

 private:
    struct scope_key {
        const api* of;
        scope_set granted;
        bool full;
        friend bool operator==(const scope_key&, const scope_key&) = default;
    };
    struct scope_hash {
        std::size_t operator()(const scope_key& k) const noexcept;
    };
    std::shared_ptr<const plane> plane_;
    std::vector<std::unique_ptr<upstream_set>> upstreams_;  // by environment::pool
    api_counters_list counts_;
    std::unordered_map<scope_key, std::string, scope_hash> scopes_;
};

using edition_pin = boost::local_shared_ptr<edition>;

}  // namespace tollgate
