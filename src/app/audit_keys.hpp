// audit_keys.hpp - the keys that the rows of the two audit logs are linked under, out of the master key.
//
// Without a master key both are the published one: links show faults then, not forgery.
#pragma once

#include "tollgate/audit/audit_lines.hpp"
#include "tollgate/base/error.hpp"

#include <string>
#include <vector>

namespace tollgate {

struct audit_keys {
    audit_key changes, denials;
    [[nodiscard]] std::vector<audit_log_key> by_log() const;
};

// `source`: keys.master; empty: none. Errors: as read_master_key().
result<audit_keys> read_audit_keys(const std::string& source);

}  // namespace tollgate
