// database_impl.hpp - what the database's source files share: database.cpp opens, closes, reads and writes; database_tables.cpp takes in tables,
// copies, and looks after how they are merged.
#pragma once

#include "directory_lock.hpp"
#include "ended_rows.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/store/database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

namespace tollgate {

inline failure store_closed() { return {errc::unavailable, "the store is closed"}; }

// RocksDB's batch of one write, kept for the next: a group of changes may be a hundred kilobytes, and malloc tidies all its bins whenever so much
// is freed.
class spare_batch {
 public:
    [[nodiscard]] std::unique_ptr<rocksdb::WriteBatch> take() {
        std::unique_ptr<rocksdb::WriteBatch> kept(kept_.exchange(nullptr, std::memory_order_acquire));
        return kept ? std::move(kept) : std::make_unique<rocksdb::WriteBatch>();
    }
    void give_back(std::unique_ptr<rocksdb::WriteBatch> batch) noexcept {
        if (batch->Data().capacity() > most_kept) return;
        batch->Clear();
        delete kept_.exchange(batch.release(), std::memory_order_acq_rel);
    }
    spare_batch() = default;
    ~spare_batch() { delete kept_.load(); }
    spare_batch(const spare_batch&) = delete;
    spare_batch& operator=(const spare_batch&) = delete;

 private:
    static constexpr std::size_t most_kept = 1 << 20;
    std::atomic<rocksdb::WriteBatch*> kept_{nullptr};
};

struct database::impl {
    impl(database_options o, log_sink& l) : options(std::move(o)), log(l), cache(rocksdb::NewLRUCache(options.cache_bytes)) {
        if (options.time != nullptr) over.emplace(*options.time);
    }
    ~impl() { stop(); }

    database_options options;
    log_sink& log;
    std::shared_ptr<rocksdb::Cache> cache;
    std::optional<ended_rows> over;  // of families whose rows end

    // Shared: a call is under way. Exclusive: opening and closing. `open` turns calls away while a closer waits for the
    // gate, which would otherwise starve behind readers.
    mutable std::shared_mutex gate;
    std::atomic<bool> open{false};
    std::atomic<bool> ill{false};    // a write failed: resume before the next
    std::atomic<bool> stuck{false};  // that did not help, and will not
    mutable std::mutex passing;      // of passed
    mutable std::mutex building;     // table files, which have names of their family's alone; or a copy of everything
    std::mutex merging;
    bool merging_late = false;         // under `merging`
    std::atomic<bool> told{false};     // that tables are not taken in
    passed_writes passed;
    spare_batch spare;
    std::optional<directory_lock> lock;
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> families;

    result<void> start();  // the gate is held
    void stop();           // likewise, or nobody else is there
    result<void> heal();
    result<void> write_out(std::size_t beyond);  // the gate is held, by whomever
    void merge_late(bool late);                  // likewise
    result<void> pass(std::string_view operations) const;
    rocksdb::ColumnFamilyHandle* handle(family f) const {
        TOLLGATE_CHECK(f < families.size());
        return families[f];
    }
};

// One call's hold on the open database.
class pin {
 public:
    template <class Impl>
    explicit pin(const Impl& of) {
        if (!of.open.load(std::memory_order_acquire)) return;
        held_ = std::shared_lock(of.gate);
        if (of.db) db_ = of.db.get();
    }
    rocksdb::DB* operator->() const noexcept { return db_; }
    [[nodiscard]] rocksdb::DB* get() const noexcept { return db_; }
    explicit operator bool() const noexcept { return db_ != nullptr; }

 private:
    std::shared_lock<std::shared_mutex> held_;
    rocksdb::DB* db_ = nullptr;
};

}  // namespace tollgate
