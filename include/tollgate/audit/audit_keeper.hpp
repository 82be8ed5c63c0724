// audit_keeper.hpp - what is done with an audit log from time to time: its head said aloud, segments sealed and cut off. (C-7)
//
// A segment ends with an `audit.seal`. Only whole sealed segments are cut, oldest first; the cut is an event of the log
// itself, so that a missing beginning is right where the log says so, and tampering everywhere else.
// Threads: blocking ones only, one at a time. Bounds: bounds::audit_segment_rows rows a segment, more where many come at once.
#pragma once

#include "tollgate/audit/audit_log.hpp"
#include "tollgate/base/log.hpp"

#include <chrono>
#include <optional>

namespace tollgate {

class audit_keeper {
 public:
    audit_keeper(std::vector<audit_log> logs, log_sink& log) : logs_(std::move(logs)), log_(log) {}

    // Before the first change: where rows have been linked under another key so far, an `audit.key` says so.
    result<void> begin(timestamp now);
    // The heads, into the operator's log: `tollgate audit verify --head` takes them.
    void say_heads(std::string_view when) const;
    // Seals what is due and cuts what was sealed longer ago than `retention` (unset: nothing).
    result<void> tidy(timestamp now, std::optional<timestamp> cut_before);

 private:
    static result<void> seal(const audit_log& log, timestamp now);
    static result<bool> cut(const audit_log& log, timestamp now, timestamp before);

    std::vector<audit_log> logs_;
    log_sink& log_;
};

}  // namespace tollgate
