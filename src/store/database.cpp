#include "tollgate/store/database.hpp"

#include "database_impl.hpp"
#include "log_end.hpp"
#include "ordered_ops.hpp"
#include "rocks_logger.hpp"
#include "rocks_options.hpp"
#include "table_files.hpp"
#include "write_batch_ops.hpp"

#include <fmt/format.h>
#include <rocksdb/table_properties.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
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

// A table whose index is hashed has only keys that begin alike in order, unless all of it is asked for.
rocksdb::ReadOptions in_order() {
    rocksdb::ReadOptions how;
    how.total_order_seek = true;
    return how;
}

constexpr std::size_t kRowBytes = 100;        // in the log, about
constexpr std::size_t kReadQuickly = 4 << 20;  // of the log, on start: some 80 ms

}  // namespace

result<void> database::impl::start() {
    if (db) return {};
    auto taken = directory_lock::take(options.path, options.create, log);
    if (!taken) return taken.error();
    if (auto cut = options.log_ahead ? cut_logs(options.path, log) : result<void>(); !cut) return cut;
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
    told = false;
    open.store(true, std::memory_order_release);
    return {};
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
    return to ? to(operations) : result<void>(store_closed());
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
    if (!db) return store_closed();
    rocksdb::PinnableSlice value;
    const auto status = db->Get(rocksdb::ReadOptions(), impl_->handle(f), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return rocks_failure(status, "the store cannot be read");
    return std::optional<std::string>(value.ToString());
}

result<void> database::scan(
    family f, std::string_view prefix, std::string_view from, const std::function<bool(std::string_view, std::string_view)>& row) const {
    const pin db(*impl_);
    if (!db) return store_closed();
    const auto end = behind(prefix);
    const rocksdb::Slice bound(end);
    auto how = in_order();
    if (!end.empty()) how.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(how, impl_->handle(f)));
    for (at->Seek(slice(std::max(prefix, from))); at->Valid(); at->Next())
        if (!row(view(at->key()), view(at->value()))) return {};
    if (!at->status().ok()) return rocks_failure(at->status(), "the store cannot be read");
    return {};
}

result<void> database::scan_once(family f, std::string_view from, const std::function<bool(std::string_view, std::string_view)>& row) const {
    const pin db(*impl_);
    if (!db) return store_closed();
    auto how = in_order();
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
    if (!db) return store_closed();
    auto end = behind(prefix);
    if (!before.empty() && (end.empty() || before < end)) end = before;
    const rocksdb::Slice bound(end);
    auto how = in_order();
    if (!end.empty()) how.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(how, impl_->handle(f)));
    for (at->SeekToLast(); at->Valid() && view(at->key()).starts_with(prefix); at->Prev())
        if (!row(view(at->key()), view(at->value()))) return {};
    if (!at->status().ok()) return rocks_failure(at->status(), "the store cannot be read");
    return {};
}

result<void> database::write(const write_batch& batch, bool sync) {
    TOLLGATE_CHECK(sync || !impl_->options.log_ahead);
    const pin db(*impl_);
    if (!db) return store_closed();
    if (auto healthy = impl_->heal(); !healthy) return healthy.error();
    auto all = impl_->spare.take();
    rocksdb::Status status;
    each_op_in_order(batch.ops_, [&](batch_op what, family f, std::string_view key, std::string_view value) {
        if (!status.ok()) return;
        auto* const into = impl_->handle(f);
        TOLLGATE_CHECK(key.size() >= impl_->options.families[f].hashed || what == batch_op::erase_range);
        if (what == batch_op::put) status = all->Put(into, slice(key), slice(value));
        else if (what == batch_op::merge) status = all->Merge(into, slice(key), slice(value));
        else if (what == batch_op::erase) status = all->Delete(into, slice(key));
        else {
            TOLLGATE_CHECK(!impl_->options.families[f].sorted_puts);  // rocks_options.cpp says why
            status = all->DeleteRange(into, slice(key), slice(value));
        }
    });
    if (!status.ok()) return rocks_failure(status, "the batch cannot be built");
    rocksdb::WriteOptions how;
    how.sync = sync;
    status = db->Write(how, all.get());
    impl_->spare.give_back(std::move(all));
    if (status.ok()) return {};
    impl_->ill.store(true, std::memory_order_release);
    return rocks_failure(status, "the store cannot write");
}

result<void> database::write_out(std::size_t beyond) {
    const pin db(*impl_);
    if (!db) return store_closed();
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
