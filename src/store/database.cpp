#include "tollgate/store/database.hpp"

#include "directory_lock.hpp"
#include "ended_rows.hpp"
#include "ordered_ops.hpp"
#include "rocks_logger.hpp"
#include "rocks_options.hpp"
#include "table_files.hpp"
#include "write_batch_ops.hpp"

#include "tollgate/base/check.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table_properties.h>
#include <rocksdb/utilities/checkpoint.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <system_error>

#if __has_feature(thread_sanitizer)
// Debian's librocksdb is not instrumented: the sanitizer sees it copy and compare bytes, but not the atomics that order
// these. Only reports with one of its own frames are silenced.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb.so\n"; }
#endif

namespace tollgate {
namespace {

rocksdb::Slice slice(std::string_view v) { return {v.data(), v.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

// The first key behind all that begin with `prefix`; empty: there is none.
std::string behind(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xff') end.pop_back();
    if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

constexpr std::size_t kRowBytes = 100;        // in the log, about
constexpr std::size_t kReadQuickly = 4 << 20;  // of the log, on start: some 80 ms

// New files of a family that are not merged yet. Beyond, a read looks into too many of them; a little later RocksDB holds up all writes.
constexpr std::size_t kFilesWaiting = 64;

failure closed() { return {errc::unavailable, "the store is closed"}; }

}  // namespace

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
    std::atomic<bool> merging_late{false};
    passed_writes passed;
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

namespace {

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

}  // namespace

result<void> database::impl::start() {
    if (db) return {};
    auto taken = directory_lock::take(options.path, options.create, log);
    if (!taken) return taken.error();
    std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
    for (const auto& f : options.families) wanted.emplace_back(f.name, rocks_family_options(f, cache, over ? &*over : nullptr));
    rocksdb::DB* opened = nullptr;
    const auto logger = std::make_shared<rocks_logger>(log, options.path);
    const auto status = rocksdb::DB::Open(rocks_options(options, logger), options.path, wanted, &families, &opened);
    if (!status.ok()) return rocks_failure(status, fmt::format("the store {} cannot be opened", options.path));
    db.reset(opened);
    table_files::remove_left(options.path);
    lock = std::move(*taken);
    ill = false;
    stuck = false;
    merging_late = false;
    open.store(true, std::memory_order_release);
    return {};
}

// While table after table comes in, fewer merges of more tables each.
void database::impl::merge_late(bool late) {
    if (merging_late.exchange(late, std::memory_order_acq_rel) == late) return;
    for (std::size_t f = 0; f < families.size(); ++f) {
        const auto& of = options.families[f];
        if (of.merged_at_once == 0) continue;
        std::unordered_map<std::string, std::string> how;
        how["level0_file_num_compaction_trigger"] = std::to_string(late ? tables_merged_late : of.merged_at_once);
        if (of.found)
            how["compaction_options_universal"] =
                fmt::format("{{max_size_amplification_percent={}}}", late ? runs_in_front_percent_late : runs_in_front_percent);
        const auto status = db->SetOptions(families[f], how);
        if (!status.ok()) log.warn("the store merges its tables as before", {{"family", of.name}, {"why", status.ToString()}});
    }
}

result<void> database::impl::write_out(std::size_t beyond) {
    std::uint64_t rows = 0, waiting = 0;  // their memory says less: each family takes a block of it beforehand
    using wanted = rocksdb::DB::Properties;
    if (!db->GetAggregatedIntProperty(wanted::kNumEntriesActiveMemTable, &rows)) return {};
    if (db->GetAggregatedIntProperty(wanted::kNumEntriesImmMemTables, &waiting)) rows += waiting;
    if (rows * kRowBytes <= beyond) return {};
    rocksdb::FlushOptions how;
    how.allow_write_stall = true;  // rather than wait for compactions
    const auto status = db->Flush(how, families);
    return status.ok() ? result<void>() : rocks_failure(status, "the store cannot write its tables");
}

void database::impl::stop() {
    if (!db) return;
    if (const auto written = write_out(kReadQuickly); !written) log.warn("the next start reads more of the log", {{"why", written.error().what}});
    for (auto* f : families) {
        const auto status = db->DestroyColumnFamilyHandle(f);
        if (!status.ok()) log.warn("a family of the store did not end cleanly", {{"store", options.path}, {"why", status.ToString()}});
    }
    families.clear();
    const auto status = db->Close();
    if (!status.ok()) log.warn("the store did not close cleanly", {{"store", options.path}, {"why", status.ToString()}});
    db.reset();
    lock.reset();
}

// After a failed write RocksDB refuses all others until it has been asked to go on; while it cannot, nothing is tried.
result<void> database::impl::heal() {
    if (!ill.load(std::memory_order_acquire)) return {};
    const auto status = db->Resume();
    if (!status.ok()) {
        if (!status.IsBusy() && !status.IsNoSpace()) stuck.store(true, std::memory_order_release);
        return failure{errc::unavailable, fmt::format("the store cannot write: {}", status.ToString())};
    }
    ill.store(false, std::memory_order_release);
    log.info("the store writes again", {{"store", options.path}});
    return {};
}

result<void> database::impl::pass(std::string_view operations) const {
    passed_writes to;
    {
        const std::lock_guard held(passing);
        to = passed;
    }
    return to ? to(operations) : result<void>(closed());
}

result<void> database::write_or_pass(const write_batch& batch) {
    auto written = write(batch, false);
    return !written && !is_open() ? impl_->pass(batch.ops_) : std::move(written);
}

void database::pass_writes_to(passed_writes to) {
    const std::lock_guard held(impl_->passing);
    impl_->passed = std::move(to);
}

bool database::passes_writes() const noexcept {
    const std::lock_guard held(impl_->passing);
    return impl_->passed != nullptr;
}

result<void> database::write_passed(std::string_view operations) {
    const auto batch = write_batch::of(operations, impl_->options.families.size());
    if (!batch) return failure{errc::invalid, "what another process passed on is no write of this build"};
    return write(*batch, false);
}

database::database(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
database::~database() = default;

result<std::unique_ptr<database>> database::open(const database_options& options, log_sink& log) {
    TOLLGATE_CHECK(!options.families.empty() && options.families.front().name == "default");
    const bool some_end = std::any_of(options.families.begin(), options.families.end(), [](const family_options& f) { return f.ends; });
    TOLLGATE_CHECK(!some_end || options.time != nullptr);
    auto made = std::make_unique<impl>(options, log);
    if (auto started = made->start(); !started) return started.error();
    return std::unique_ptr<database>(new database(std::move(made)));
}

result<std::optional<std::string>> database::get(family f, std::string_view key) const {
    const pin db(*impl_);
    if (!db) return closed();
    rocksdb::PinnableSlice value;
    const auto status = db->Get(rocksdb::ReadOptions(), impl_->handle(f), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return rocks_failure(status, "the store cannot be read");
    return std::optional<std::string>(value.ToString());
}

result<void> database::scan(
    family f, std::string_view prefix, std::string_view from, const std::function<bool(std::string_view, std::string_view)>& row) const {
    const pin db(*impl_);
    if (!db) return closed();
    const auto end = behind(prefix);
    const rocksdb::Slice bound(end);
    rocksdb::ReadOptions how;
    if (!end.empty()) how.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(how, impl_->handle(f)));
    for (at->Seek(slice(std::max(prefix, from))); at->Valid(); at->Next())
        if (!row(view(at->key()), view(at->value()))) return {};
    if (!at->status().ok()) return rocks_failure(at->status(), "the store cannot be read");
    return {};
}

result<void> database::scan_once(family f, std::string_view from, const std::function<bool(std::string_view, std::string_view)>& row) const {
    const pin db(*impl_);
    if (!db) return closed();
    rocksdb::ReadOptions how;
    how.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(how, impl_->handle(f)));
    for (at->Seek(slice(from)); at->Valid(); at->Next())
        if (!row(view(at->key()), view(at->value()))) return {};
    if (!at->status().ok()) return rocks_failure(at->status(), "the store cannot be read");
    return {};
}

// From the tables' own properties: what RocksDB estimates knows of no table that it has not looked into since it was opened.
std::size_t database::estimated_rows(family f) const {
    const pin db(*impl_);
    rocksdb::TablePropertiesCollection tables;
    if (!db || !db->GetPropertiesOfAllTables(impl_->handle(f), &tables).ok()) return 0;
    std::uint64_t rows = 0;
    for (const auto& [name, of] : tables) rows += of->num_entries - std::min(of->num_deletions, of->num_entries);
    for (const auto& where : {rocksdb::DB::Properties::kNumEntriesActiveMemTable, rocksdb::DB::Properties::kNumEntriesImmMemTables}) {
        std::uint64_t some = 0;
        if (db->GetIntProperty(impl_->handle(f), where, &some)) rows += some;
    }
    return static_cast<std::size_t>(rows);
}

result<void> database::scan_back(
    family f, std::string_view prefix, std::string_view before, const std::function<bool(std::string_view, std::string_view)>& row) const {
    const pin db(*impl_);
    if (!db) return closed();
    auto end = behind(prefix);
    if (!before.empty() && (end.empty() || before < end)) end = before;
    const rocksdb::Slice bound(end);
    rocksdb::ReadOptions how;
    if (!end.empty()) how.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(how, impl_->handle(f)));
    for (at->SeekToLast(); at->Valid() && view(at->key()).starts_with(prefix); at->Prev())
        if (!row(view(at->key()), view(at->value()))) return {};
    if (!at->status().ok()) return rocks_failure(at->status(), "the store cannot be read");
    return {};
}

result<void> database::write(const write_batch& batch, bool sync) {
    const pin db(*impl_);
    if (!db) return closed();
    if (auto healthy = impl_->heal(); !healthy) return healthy.error();
    rocksdb::WriteBatch all(batch.ops_.size() + 64);
    rocksdb::Status status;
    each_op_in_order(batch.ops_, [&](batch_op what, family f, std::string_view key, std::string_view value) {
        if (!status.ok()) return;
        auto* const into = impl_->handle(f);
        if (what == batch_op::put) status = all.Put(into, slice(key), slice(value));
        else if (what == batch_op::merge) status = all.Merge(into, slice(key), slice(value));
        else if (what == batch_op::erase) status = all.Delete(into, slice(key));
        else {
            TOLLGATE_CHECK(!impl_->options.families[f].sorted_puts);  // rocks_options.cpp says why
            status = all.DeleteRange(into, slice(key), slice(value));
        }
    });
    if (!status.ok()) return rocks_failure(status, "the batch cannot be built");
    rocksdb::WriteOptions how;
    how.sync = sync;
    status = db->Write(how, &all);
    if (status.ok()) return {};
    impl_->ill.store(true, std::memory_order_release);
    return rocks_failure(status, "the store cannot write");
}

result<void> database::write_tables(const write_batch& batch) {
    const pin db(*impl_);
    if (!db) return closed();
    if (auto healthy = impl_->heal(); !healthy) return healthy.error();
    const std::unique_lock one(impl_->building, std::try_to_lock);
    if (!one) return write(batch, true);  // a copy is being made, which nobody is to wait for
    // What is taken in must not be durable before what came first: that is in the log yet, whose end may be lost with the disk's.
    if (auto before = impl_->write_out(0); !before) return failure{errc::unavailable, before.error().what};
    impl_->merge_late(true);
    table_files files(impl_->options.path);
    if (const auto built = files.write(*db.get(), impl_->families, batch.ops_); !built.ok())  // nobody has seen anything of it
        return failure{errc::unavailable, fmt::format("the store cannot write tables: {}", built.ToString())};
    const auto status = files.take_in(*db.get());
    if (status.ok()) return {};
    impl_->ill.store(true, std::memory_order_release);
    return rocks_failure(status, "the store cannot take in tables");
}

bool database::is_behind() const {
    const pin db(*impl_);
    if (!db) return false;
    for (auto* const f : impl_->families) {
        std::string files;
        if (db->GetProperty(f, rocksdb::DB::Properties::kNumFilesAtLevelPrefix + "0", &files) &&
            std::strtoul(files.c_str(), nullptr, 10) > kFilesWaiting)
            return true;
    }
    return false;
}

result<void> database::checkpoint(const std::string& to) const {
    const pin db(*impl_);
    if (!db) return closed();
    // RocksDB copies the manifest up to one moment and the log up to a later one: tables that are taken in between would be a hole in the copy.
    const std::lock_guard no_tables(impl_->building);
    std::error_code failed;
    if (std::filesystem::exists(to, failed)) return failure{errc::exists, fmt::format("{} exists already; a copy needs a new directory", to)};
    rocksdb::Checkpoint* made = nullptr;
    auto status = rocksdb::Checkpoint::Create(db.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> owned(made);
    if (status.ok()) status = owned->CreateCheckpoint(to);
    if (!status.ok()) return rocks_failure(status, fmt::format("the store cannot be copied to {}", to));
    return {};
}

result<void> database::verify() const {
    const pin db(*impl_);
    if (!db) return closed();
    const auto status = db->VerifyChecksum();
    if (!status.ok()) return rocks_failure(status, fmt::format("the store {} does not verify", impl_->options.path));
    return {};
}

result<void> database::write_out(std::size_t beyond) {
    const pin db(*impl_);
    if (!db) return closed();
    if (auto healthy = impl_->heal(); !healthy) return healthy.error();
    impl_->merge_late(false);
    return impl_->write_out(beyond);
}

void database::close() {
    impl_->open.store(false, std::memory_order_release);
    const std::unique_lock held(impl_->gate);
    impl_->stop();
}

result<void> database::reopen() {
    const std::unique_lock held(impl_->gate);
    return impl_->start();
}

bool database::needs_reopening() const noexcept { return impl_->stuck.load(std::memory_order_acquire); }

result<void> database::try_disk() const {
    const auto file = impl_->options.path + "/disk.test";
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string block(4096, '\0');
    const bool written = fd >= 0 && ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()) && ::fdatasync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    ::unlink(file.c_str());
    if (written) return {};
    return failure{errc::unavailable, fmt::format("{} takes no file: {}", impl_->options.path, std::generic_category().message(error))};
}

const std::string& database::path() const noexcept { return impl_->options.path; }

bool database::is_open() const noexcept { return impl_->open.load(std::memory_order_acquire); }

}  // namespace tollgate
