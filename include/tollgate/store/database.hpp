// database.hpp - a RocksDB database behind a handle that can be closed under traffic and opened again.
//
// Nobody holds a rocksdb::DB*: each call pins the open database for its duration; after close() calls answer
// errc::unavailable. RocksDB logs through `log_sink` (Debian's librocksdb aborts when its own log writer meets a full
// disk). A failed write closes nothing: reads go on, and the next write first asks RocksDB to resume.
// Lifetime: the directory is locked from open() to close(); a second process is refused with a sentence.
// Threads: any; a write_batch one. Blocking: get/scan/write may read or sync the disk; never on an event loop. The `row` of
// a scan must not call the database again.
// Errors: unavailable (closed, disk full, or still ill from a failed write: nothing was written), io (a write may or may
// not be on disk), corrupt (a checksum does not fit), invalid (open: wrong directory or families).
// What is stored, and how recovery is set: src/store/FORMAT.md.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// Index into database_options::families.
using family = std::uint32_t;

// What becomes of a row that says `existing` when `operand` is merged into it. Associative; called by whatever thread reads or compacts.
// Neither is to be trusted: a value that cannot be read is as good as none.
using row_merger = void (*)(std::string_view key, std::string_view existing, std::string_view operand, std::string& out);

struct family_options {
    std::string name;
    bool point_lookups = false;  // whole-key filter, hash index in blocks: for keys that are asked for one by one
    bool compressed = true;      // false where keys and values are random
    bool found = false;          // who asks for a key mostly finds it: nearly all rows in one run, which has no filter, and in small blocks
    // Every key begins with so many random bytes: they lead to the few blocks of a table that may have it, and to a bucket in memory.
    std::size_t hashed = 0;
    bool cached = true;          // false where what is read next has nothing to do with what was read: blocks would only push others out
    bool sorted_puts = false;    // large batches bring many rows: they go in by key, each near the one before. Never erase_range() in it
    std::size_t beginning = 0;   // with sorted_puts, not hashed: keys that are alike in so many bytes mostly rise
    // Tables that become one at a time, by size (0: by levels). More is less work and more room; a look-up asks one after the other. Also where keys
    // only rise: by levels their tables would sink as they are, each a file that a start opens.
    int merged_at_once = 0;
    bool ends = false;  // each value begins with its end, u64 microseconds (0: never); see row_end.hpp. Readers check it themselves
    row_merger merges = nullptr;  // where write_batch::merge() is used
};

struct database_options {
    std::string path;
    std::vector<family_options> families;  // the first is "default"
    std::size_t cache_bytes = 64ull << 20;  // block cache, shared by the families
    bool create = true;
    // The log over zeros, for which every write must be synced, and tables in mapped memory: syncs and look-ups are quicker. See FORMAT.md.
    bool log_ahead = false;
    std::uint64_t background_bytes_per_second = 0;  // of flushes and compactions; 0: as fast as they go
    const clock* time = nullptr;  // outlives the database; needed where rows of a family end
};

enum class batch_op : std::uint8_t;

// Puts, merges and deletes that happen together or not at all.
class write_batch {
 public:
    void put(family f, std::string_view key, std::string_view value);
    // Adds to a row without reading it: the family's row_merger says what comes of it, when it is read or compacted. No row: `operand` itself.
    void merge(family f, std::string_view key, std::string_view operand);
    void erase(family f, std::string_view key);
    // Every key from `from` (inclusive) to `to` (exclusive).
    void erase_range(family f, std::string_view from, std::string_view to);
    void clear();
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    // Puts and deletes alone: what write_tables() takes.
    [[nodiscard]] bool is_plain() const noexcept { return plain_; }

    // A place to go back to: what was added since is taken away again.
    struct mark {
        std::size_t bytes = 0, count = 0;
        bool plain = true;
    };
    [[nodiscard]] mark here() const noexcept { return {ops_.size(), count_, plain_}; }
    void rewind(mark to);

 private:
    friend class database;
    // Of `operations` as another process keeps them. Nothing: they are none, or of families from `families` on.
    static std::optional<write_batch> of(std::string_view operations, std::size_t families);
    void append(batch_op what, family f, std::string_view key, std::string_view value);
    std::string ops_;  // one after the other; see write_batch.cpp
    std::size_t count_ = 0;
    bool plain_ = true;
};

class database {
 public:
    static result<std::unique_ptr<database>> open(const database_options& options, log_sink& log);
    ~database();

    // Nothing: no such key. Errors: unavailable (closed), corrupt (checksum), io.
    [[nodiscard]] result<std::optional<std::string>> get(family f, std::string_view key) const;

    // Rows with `prefix`, from `from` (inclusive, whole key) on, in key order, until `row` answers false.
    // Nothing is returned for a missing prefix: zero rows.
    result<void> scan(
        family f, std::string_view prefix, std::string_view from, const std::function<bool(std::string_view key, std::string_view value)>& row) const;
    // Every row from `from` on, for who passes by once: what others read often stays in the cache.
    result<void> scan_once(family f, std::string_view from, const std::function<bool(std::string_view key, std::string_view value)>& row) const;
    // About how many rows a family has: what stands in several tables counts once for each. 0: closed, or unknown.
    [[nodiscard]] std::size_t estimated_rows(family f) const;
    // The same from the last row with `prefix` backwards; `before`: only rows whose keys are less.
    result<void> scan_back(family f, std::string_view prefix, const std::function<bool(std::string_view key, std::string_view value)>& row) const {
        return scan_back(f, prefix, {}, row);
    }
    result<void> scan_back(family f, std::string_view prefix, std::string_view before,
        const std::function<bool(std::string_view key, std::string_view value)>& row) const;

    // Durable when it returns, if `sync`.
    result<void> write(const write_batch& batch, bool sync);
    // The same of many rows, puts and deletes alone, always durable: as tables that are written beside the database and then taken in all at
    // once. A row costs a third of what it costs in write(), the whole some ten milliseconds. Errors: as write(); where the tables could not be
    // written, unavailable.
    result<void> write_tables(const write_batch& batch);
    // Whether so many tables wait for being merged that more of write_tables() would hold up everybody.
    [[nodiscard]] bool is_behind() const;

    // A copy of everything that is durable now, at one point of the order of writes, in the directory `to`, which must not exist.
    // Files that never change are linked, so that it takes little room and time on the same file system. Writes go on.
    // Errors: exists, and as get().
    result<void> checkpoint(const std::string& to) const;
    // Reads every block and compares its checksum. Errors: as get().
    [[nodiscard]] result<void> verify() const;

    // Writes what only memory and the write-ahead log have into tables, where it is more than `beyond` bytes: the next start has less of the
    // log to read. Blocking. close() does it, too. Errors: as write().
    result<void> write_out(std::size_t beyond);
    // Waits for calls under way, closes. Later calls answer unavailable.
    void close();
    // As write(), unsynced; while the database is closed because another process has it open, `to` of pass_writes_to() gets it. For rows that
    // follow from no other row.
    result<void> write_or_pass(const write_batch& batch);
    // nullptr: nobody has it open. `to` is called by any thread.
    using passed_writes = std::function<result<void>(std::string_view operations)>;
    void pass_writes_to(passed_writes to);
    [[nodiscard]] bool passes_writes() const noexcept;
    // What another process' database of the same families passed. Not synced. Errors: invalid (of another build), and as write().
    result<void> write_passed(std::string_view operations);
    // Opens again with the same options. Errors: as open().
    result<void> reopen();
    [[nodiscard]] bool is_open() const noexcept;
    // Whether a write failed in a way that RocksDB does not go on from (an I/O error of its log): closing and opening is what helps.
    [[nodiscard]] bool needs_reopening() const noexcept;
    // Whether the directory takes a file again. Errors: unavailable.
    [[nodiscard]] result<void> try_disk() const;
    [[nodiscard]] const std::string& path() const noexcept;

 private:
    struct impl;
    explicit database(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
