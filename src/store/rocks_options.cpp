#include "rocks_options.hpp"

#include "merging_rows.hpp"
#include "store_files.hpp"
#include "table_files.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::uint64_t kLogBytes = 32ull << 20;         // replayed on start after a kill: under a second
constexpr std::uint64_t kMemoryBytes = 128ull << 20;     // all write buffers together
constexpr double kFilterBitsPerKey = 12;                 // 3 of 1,000 unknown keys read a block
constexpr std::uint64_t kEndedRowsSeconds = 24 * 3600;    // every file is looked through for ended rows within a day
constexpr std::size_t kSuccessiveMerges = 64;            // of one row in memory; then it is read and put
constexpr std::size_t kSmallBlock = 1024;                // a row of 80 bytes is read with its block: a quarter of the bytes to copy and to check
constexpr std::size_t kBuckets = 65536;                  // of a memtable of hashed keys: half a megabyte
constexpr int kFilesSlow = 96, kFilesStop = 128;         // new tables that hold up every write; database::is_behind() says so long before

// Keys that begin alike have one hint: where the last such row went into the memtable. The next one goes in nearby: ids and revisions rise, and large
// batches are sorted (ordered_ops.hpp). RocksDB 7.8 takes a row's hint for a range's, too, which is another list: families with ranges have none.
class begins_alike final : public rocksdb::SliceTransform {
 public:
    explicit begins_alike(std::size_t bytes) : bytes_(bytes) {}
    const char* Name() const override { return "tollgate.begins_alike"; }
    rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), std::min(bytes_, key.size())}; }
    bool InDomain(const rocksdb::Slice&) const override { return true; }

 private:
    const std::size_t bytes_;
};

// Tables of some thousand rows come in by the thousand: so many at a time become one, so many of these one, and so on. By levels, each few of
// them would be merged with the hundreds of megabytes that stand there. What counts as of one size must be close: at ten percent, fifteen new
// tables are as large as the one of sixteen before, which is then written again with them, and twice as large with the next. It costs room: while
// everything becomes one table, it is there twice.
void merge_by_size(rocksdb::ColumnFamilyOptions& o, int at_once) {
    o.compaction_style = rocksdb::kCompactionStyleUniversal;
    o.level_compaction_dynamic_level_bytes = false;  // of levels alone: RocksDB warns of it otherwise, at every start
    o.level0_file_num_compaction_trigger = at_once;
    o.compaction_options_universal.size_ratio = 1;
    o.compaction_options_universal.min_merge_width = static_cast<unsigned>(std::max(2, at_once / 2));
}

}  // namespace

rocksdb::DBOptions rocks_options(const database_options& options, std::shared_ptr<rocksdb::Logger> logger) {
    rocksdb::DBOptions o;
    o.env = store_files(options.log_ahead);
    o.listeners.push_back(table_files::observer());
    o.info_log = std::move(logger);
    o.create_if_missing = options.create;
    o.create_missing_column_families = true;
    for (const auto& f : options.families)
        if (f.hashed != 0) o.allow_concurrent_memtable_write = false;  // memtables of hashed keys have one writer
    o.paranoid_checks = true;
    o.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    o.track_and_verify_wals_in_manifest = true;
    o.recycle_log_file_num = 0;
    o.max_total_wal_size = kLogBytes;
    o.db_write_buffer_size = kMemoryBytes;
    o.max_open_files = -1;  // some hundreds at ten million tokens: a look-up has its tables at hand, without asking a cache for each
    o.max_background_jobs = 3;  // a flush, and two compactions: a long one and those of new tables
    o.bytes_per_sync = 1 << 20;  // a flush must not become one long sync in front of a revocation
    if (options.background_bytes_per_second != 0)
        o.rate_limiter.reset(rocksdb::NewGenericRateLimiter(static_cast<std::int64_t>(options.background_bytes_per_second)));
    o.skip_stats_update_on_db_open = true;
    o.stats_dump_period_sec = 0;
    o.stats_persist_period_sec = 0;
    return o;
}

rocksdb::ColumnFamilyOptions rocks_family_options(
    const family_options& options, std::shared_ptr<rocksdb::Cache> cache, const rocksdb::CompactionFilter* over) {
    rocksdb::ColumnFamilyOptions o;
    o.compression = options.compressed ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
    o.level_compaction_dynamic_level_bytes = true;
    o.level0_slowdown_writes_trigger = kFilesSlow;
    o.level0_stop_writes_trigger = kFilesStop;
    if (options.sorted_puts && options.hashed == 0) o.memtable_insert_with_hint_prefix_extractor = std::make_shared<begins_alike>(options.beginning);
    if (options.merged_at_once != 0) merge_by_size(o, options.merged_at_once);
    if (options.found) {
        o.compaction_options_universal.max_size_amplification_percent = runs_in_front_percent;
        o.optimize_filters_for_hits = true;
    }
    if (options.merges != nullptr) {
        o.merge_operator = std::make_shared<merging_rows>(options.merges);
        o.max_successive_merges = kSuccessiveMerges;
    }
    if (options.ends) {
        o.compaction_filter = over;
        o.periodic_compaction_seconds = kEndedRowsSeconds;
    }
    rocksdb::BlockBasedTableOptions table;
    if (options.cached) table.block_cache = std::move(cache);
    else table.no_block_cache = true;
    table.checksum = rocksdb::kXXH3;
    table.format_version = 5;
    if (options.found) table.block_size = kSmallBlock;
    if (options.hashed != 0) {  // tables that were written before are searched
        o.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(options.hashed));
        table.index_type = rocksdb::BlockBasedTableOptions::kHashSearch;
        // A random key has no neighbours: its place among a hundred thousand is some seventeen cache misses away, its bucket one. Who goes through
        // all of them in order, a flush or the digests' filter, has them sorted first.
#ifdef __x86_64__  // RocksDB 7.8 reads a bucket's head twice while it grows, which only a processor that keeps loads in order forgives
        o.memtable_factory.reset(rocksdb::NewHashLinkListRepFactory(kBuckets, 0, 0, false));  // and tells nobody of its buckets
#endif
    }
    if (options.point_lookups) {
        table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
        table.whole_key_filtering = true;
        table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
        table.data_block_hash_table_util_ratio = 0.75;
        o.memtable_whole_key_filtering = true;
        o.memtable_prefix_bloom_size_ratio = 0.02;
    }
    o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return o;
}

failure rocks_failure(const rocksdb::Status& status, std::string_view doing) {
    auto kind = errc::unavailable;
    if (status.IsCorruption()) kind = errc::corrupt;
    else if (status.IsInvalidArgument() || status.IsNotSupported()) kind = errc::invalid;
    else if (status.IsIOError() && !status.IsNoSpace()) kind = errc::io;
    return {kind, fmt::format("{}: {}", doing, status.ToString())};
}

}  // namespace tollgate
