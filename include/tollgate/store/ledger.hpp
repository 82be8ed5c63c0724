// ledger.hpp - where changes are committed: the only way control state changes.
//
// One committer at a time takes waiting changes in order, checks their conditions, lets the applier derive everything else
// into the same batch, writes one synced batch for the group, tells the applier, and then answers each caller. A caller who finds
// nobody at it is the committer of its own change, in its own thread; what comes meanwhile waits for the committer thread, which writes it
// together. This is the seam for etcd: same records, same changes, its revision instead of ours.
// Threads: commit() from any thread but an event loop's: it blocks until the change is durable and applied.
// Errors: conflict (a condition does not hold), full (queue), unavailable (store closed or ill; nothing happened),
// unknown_outcome (the write failed in a way that may have left it on disk), invalid (too many puts, a key twice), and
// what the applier refuses with.
// A call with changes of many records (an import's) is a group of its own, written as tables (database::write_tables). Such calls and all
// other changes take turns, so that these wait for one of them at most; they themselves also wait while tables have to be merged: a minute, in
// which those changes do not count, and then they are turned away.
// Bounds: bounds::commit_queue changes wait, bounds::commit_group share a write, bounds::change_puts records a change.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/model/change.hpp"
#include "tollgate/store/database.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct stored_record {
    revision at = 0;
    std::string json;
};

// The primary records as a change in the middle of a group sees them: earlier changes of its group included.
class record_view {
 public:
    virtual ~record_view() = default;
    [[nodiscard]] virtual result<std::optional<stored_record>> find(std::string_view key) const = 0;
};

// Derives indexes, grants and audit links from changes. One implementation a kind of state; called by the committer of the moment, one at a time
// and in the order of revisions.
class change_applier {
 public:
    virtual ~change_applier() = default;
    // Adds what follows from `c` to `batch`. Deterministic: reads only what earlier changes wrote. May amend the values of
    // c.puts before they are stored (a revoked token stays revoked). On an error nothing of `c` may be remembered.
    virtual result<void> derive(revision r, change& c, const record_view& before, write_batch& batch) = 0;
    // The group is whole: adds what it has one row of, whatever the number of its changes. Only where something was derived.
    virtual void close_group(write_batch& batch) = 0;
    // The group up to `r` is durable: make it visible (invalidations, epoch). Never fails, never blocks.
    virtual void applied(revision r) noexcept = 0;
    // The group was not written, or nothing in it was to be: forget what derive() remembered of it.
    virtual void discarded() noexcept = 0;
    // The database was opened again: read afresh what is kept in memory.
    virtual result<void> reopened() = 0;
};

class ledger {
 public:
    // `records`: family of the primary records (key -> revision and JSON); the last revision stands there too.
    // `db` and `applier` outlive the ledger.
    static result<std::unique_ptr<ledger>> open(database& db, family records, change_applier& applier, log_sink& log);
    ~ledger();  // commits what waits, then ends

    result<revision> commit(change c);
    // Changes that wait beside each other, and so share a synced write where they can; each has its own conditions and its
    // own answer, in their order. At most bounds::commit_group of them.
    std::vector<result<revision>> commit_each(std::vector<change> changes);

    using record = stored_record;
    [[nodiscard]] result<std::optional<record>> read(std::string_view key) const;
    // Records whose keys begin with `prefix`, from `from` (a whole key) on, in key order, until `row` answers false. `row`
    // must not call the ledger.
    result<void> scan(std::string_view prefix, std::string_view from,
        const std::function<bool(std::string_view key, revision at, std::string_view json)>& row) const;
    // The newest revision in a database that has no ledger, such as a copy.
    static result<revision> newest(const database& db, family records);
    // The newest revision that is durable and applied.
    [[nodiscard]] revision last() const noexcept;
    // Changes that no group has taken yet. Any thread.
    [[nodiscard]] std::size_t changes_waiting() const;
    // Opens the database again, between two groups, and goes on behind what it holds (a group whose write failed may have
    // come back). Errors: as database::reopen(), corrupt (answered changes are missing); the database is closed then.
    result<void> reopen();

 private:
    struct impl;
    explicit ledger(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
