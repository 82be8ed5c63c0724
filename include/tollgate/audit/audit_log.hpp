// audit_log.hpp - one log of linked audit events, whoever keeps it, and reading several of them as one. (C-7)
//
// There are two: `changes`, whose rows the ledger writes with what they tell of, and `denials`, which this node keeps of tokens
// that were refused (audit/denial_log.hpp). Each is a chain of its own; people read both together, by time.
// Threads: blocking ones only. Lifetime: what the functions use outlives the log.
// Bounds: bounds::page_rows rows a page, bounds::page_scan_rows looked at in each log.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/model/change.hpp"
#include "tollgate/rules/audit_chain.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

inline constexpr std::string_view changes_log_name = "changes", denials_log_name = "denials";

struct audit_log {
    std::string name;
    // Rows from a revision on (inclusive), oldest first or `back`wards, until `row` answers false.
    std::function<result<void>(revision from, bool back, const std::function<bool(audit_row)>& row)> scan;
    // What it durably ends in; nothing while it is empty.
    std::function<std::optional<audit_head>()> end;
    // Appends an event of its own; an `audit.cut` takes rows away.
    std::function<result<revision>(audit_event)> note;
    audit_key links;  // that new rows are linked under
};

struct audit_query {
    std::string token{};         // events about this token, or by it
    std::string actor{}, action{};
    std::optional<timestamp> since{};
    bool oldest_first = false;
    std::string cursor{};        // of the page before, with the same query
    std::size_t limit = 100;
};

struct audit_entry {
    std::string log;       // its name
    audit_row row;
    audit_event event;
};

struct audit_page {
    std::vector<audit_entry> entries;
    std::string next_cursor;  // empty: that was all
    std::string position;     // a cursor, oldest first, for what comes after this page, or after now where the page is newest first
};

// Errors: invalid (cursor), corrupt (a row that is none), and the store's.
result<audit_page> read_audit(std::span<const audit_log> logs, const audit_query& query);

// The whole of `log` through a check; `heads` must be in it. Errors: the store's; what is wrong with the log is in the check.
result<audit_check> verify_audit(const audit_log& log, std::vector<audit_key> keys, std::vector<audit_head> heads);

}  // namespace tollgate
