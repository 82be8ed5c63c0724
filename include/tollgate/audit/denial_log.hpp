// denial_log.hpp - refusals of known tokens, as an audit log of this node's own. (C-7)
//
// A chain in the `local` database: it is not synced, not replicated and not in a backup, and it costs no change. Threads hand
// over what they have met; whoever is off the event loops writes it. Never holds a token's text, nor a query.
// Threads: hand_over() from event loops (a short lock, no I/O); everything else from blocking threads.
// Bounds: `batches` of bounds::use_batches that nobody has written yet; beyond: dropped and counted.
// Errors: of the database.
#pragma once

#include "tollgate/audit/audit_log.hpp"
#include "tollgate/audit/denial_buffer.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/store/database.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate {

class denial_log {
 public:
    // `text_of`: of API and tenant names. The database outlives the log.
    static result<std::unique_ptr<denial_log>> open(
        database& local, family rows, audit_key links, std::function<std::string_view(atom)> text_of, log_sink& log);

    void hand_over(std::vector<denial> batch) noexcept;
    // What a thread had no room for.
    void count_dropped(std::uint64_t n) noexcept { dropped_.fetch_add(n, std::memory_order_relaxed); }
    // Writes what was handed over. One at a time; a second caller waits for the first.
    void write_pending();
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

    // The database was opened again, and another process may have written meanwhile: goes on behind what it holds.
    result<void> reopened();

    // As a log like the other one.
    [[nodiscard]] audit_log as_log();

 private:
    denial_log(database& local, family rows, audit_key links, std::function<std::string_view(atom)> text_of, log_sink& log);
    [[nodiscard]] audit_event event_of(const denial& d) const;
    result<revision> append(const std::vector<audit_event>& events);  // `turn_` is held
    result<void> scan(revision from, bool back, const std::function<bool(audit_row)>& row) const;
    result<void> load();

    database& db_;
    family rows_;
    audit_key links_;
    std::function<std::string_view(atom)> text_of_;
    log_sink& log_;
    std::mutex waiting_mutex_;
    std::vector<std::vector<denial>> waiting_;
    std::mutex turn_;       // one writer
    mutable std::mutex head_mutex_;
    audit_head head_;
    std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace tollgate
