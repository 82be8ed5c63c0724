// activity.hpp - what the management API knows of what was done: the audit logs, and the use of tokens.
//
// Lifetime: what it points to outlives the operations. Threads: as what it points to; collect() from blocking threads.
#pragma once

#include "tollgate/audit/audit_log.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/usage/usage_log.hpp"

#include <functional>
#include <vector>

namespace tollgate {

struct activity {
    std::vector<audit_log> logs;
    const usage_log* uses = nullptr;   // nullptr: nobody counts
    std::function<void()> collect;     // brings in what threads have counted and not handed over yet; empty: nothing to bring
};

// The log that the ledger writes.
audit_log changes_log(registry& tokens, audit_key links);

}  // namespace tollgate
