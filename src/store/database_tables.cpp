#include "database_impl.hpp"
#include "rocks_options.hpp"
#include "table_files.hpp"

#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <unordered_map>

namespace tollgate {
namespace {

// New files of a family that are not merged yet. Beyond, a read looks into too many of them; a little later RocksDB holds up all writes.
constexpr std::size_t kFilesWaiting = 64;

}  // namespace

// While table after table comes in, fewer merges of more tables each.
void database::impl::merge_late(bool late) {
    const std::lock_guard one(merging);
    if (merging_late == late) return;
    merging_late = late;
    for (std::size_t f = 0; f < families.size(); ++f) {
        const auto& of = options.families[f];
        if (!of.sorted_puts || of.merged_at_once == 0) continue;  // a switch costs two synced writes; the others' tables are small
        std::unordered_map<std::string, std::string> how;
        how["level0_file_num_compaction_trigger"] = std::to_string(late ? tables_merged_late : of.merged_at_once);
        if (of.found)
            how["compaction_options_universal"] =
                fmt::format("{{max_size_amplification_percent={}}}", late ? runs_in_front_percent_late : runs_in_front_percent);
        const auto status = db->SetOptions(families[f], how);
        if (status.ok()) continue;
        merging_late = !late;  // the next call tries again
        log.warn("the store merges its tables as before", {{"family", of.name}, {"why", status.ToString()}});
    }
}

result<void> database::write_tables(const write_batch& batch) {
    const pin db(*impl_);
    if (!db) return store_closed();
    if (auto healthy = impl_->heal(); !healthy) return healthy.error();
    if (!table_files::are_taken_in(*db.get())) {
        if (!impl_->told.exchange(true))
            impl_->log.warn("after a failed write imports go through the store's log, and take longer, until the store is opened again", {});
        return write(batch, true);
    }
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
    if (!db) return store_closed();
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
    if (!db) return store_closed();
    const auto status = db->VerifyChecksum();
    if (!status.ok()) return rocks_failure(status, fmt::format("the store {} does not verify", impl_->options.path));
    return {};
}

}  // namespace tollgate
