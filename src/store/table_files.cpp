#include "table_files.hpp"

#include "ordered_ops.hpp"
#include "store_files.hpp"

#include <fmt/format.h>
#include <rocksdb/sst_file_writer.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace tollgate {
namespace {

std::string directory_in(const std::string& path) { return path + "/tables"; }

rocksdb::Slice slice(std::string_view v) { return {v.data(), v.size()}; }

// Whether a write has failed since the database was opened. RocksDB 7.8 takes no tables in from then on, also when it writes again: it finds itself
// stopped, says that there is no error, and goes on with a file of number 0, over which it aborts.
class error_observer final : public rocksdb::EventListener {
 public:
    static constexpr const char* name = "tollgate.error_observer";
    const char* Name() const override { return name; }
    void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override { met_.store(true, std::memory_order_release); }
    [[nodiscard]] bool has_met_one() const noexcept { return met_.load(std::memory_order_acquire); }

 private:
    std::atomic<bool> met_{false};
};

// The files, one after the other, while rows come in order.
class writer {
 public:
    writer(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> families, const std::string& directory,
        std::vector<rocksdb::IngestExternalFileArg>& files)
        : db_(db), families_(families), directory_(directory), files_(files) {}

    void next(batch_op what, family into, std::string_view key, std::string_view value) {
        if (last_ && (last_->into != into || last_->key != key)) put_last();
        last_ = row{what, into, key, value};
    }
    rocksdb::Status end() {
        if (last_) put_last();
        finish();
        return status_;
    }

 private:
    struct row {
        batch_op what;
        family into;
        std::string_view key, value;
    };

    void put_last() {
        if (!open_ || into_ != last_->into) begin(last_->into);
        if (!status_.ok()) return;
        if (last_->what == batch_op::erase) status_ = open_->Delete(slice(last_->key));
        else status_ = open_->Put(slice(last_->key), slice(last_->value));
    }
    void begin(family into) {
        finish();
        if (!status_.ok()) return;
        // A name of before may be a live table's second one: it is taken away, never written through.
        const auto path = fmt::format("{}/{}.sst", directory_, into);
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
            status_ = rocksdb::Status::IOError(path, "cannot be removed");
            return;
        }
        into_ = into;
        auto* const handle = families_[into];
        open_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), db_.GetOptions(handle), handle, false);
        rocksdb::IngestExternalFileArg file;
        file.column_family = handle;
        file.external_files = {path};
        file.options.move_files = true;           // a link, not a copy
        file.options.write_global_seqno = false;  // it stands in the manifest: a table's bytes stay as they were checked
        files_.push_back(file);
        status_ = open_->Open(file.external_files.front());
    }
    void finish() {
        if (open_ && status_.ok()) status_ = open_->Finish();
        open_.reset();
    }

    rocksdb::DB& db_;
    const std::span<rocksdb::ColumnFamilyHandle* const> families_;
    const std::string& directory_;
    std::vector<rocksdb::IngestExternalFileArg>& files_;
    std::optional<row> last_;
    std::unique_ptr<rocksdb::SstFileWriter> open_;
    family into_ = 0;
    rocksdb::Status status_;
};

}  // namespace

table_files::table_files(std::string path) : directory_(directory_in(path)) {}

table_files::~table_files() {
    std::error_code ignored;
    for (const auto& file : files_) std::filesystem::remove(file.external_files.front(), ignored);
}

bool table_files::are_taken_in(const rocksdb::DB& db) {
    for (const auto& each : db.GetDBOptions().listeners)
        if (each->Name() == error_observer::name && static_cast<const error_observer&>(*each).has_met_one()) return false;
    return true;
}

rocksdb::Status table_files::write(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> families, std::string_view ops) {
    if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return rocksdb::Status::IOError(directory_, "cannot be made");
    writer out(db, families, directory_, files_);
    each_op_in_order(ops, [&](batch_op what, family into, std::string_view key, std::string_view value) { out.next(what, into, key, value); }, 0);
    return out.end();
}

rocksdb::Status table_files::take_in(rocksdb::DB& db) {
    if (!are_taken_in(db)) return rocksdb::Status::Busy("a write has failed meanwhile");
    // When the manifest cannot be synced RocksDB takes away what it has linked, though the manifest may name it already: such a database could
    // never be opened again. What is in no manifest goes when the database is opened next.
    const keeping_tables meanwhile;
    return db.IngestExternalFiles(files_);
}

std::shared_ptr<rocksdb::EventListener> table_files::observer() { return std::make_shared<error_observer>(); }

void table_files::remove_left(const std::string& path) {
    std::error_code ignored;
    for (const auto& e : std::filesystem::directory_iterator(directory_in(path), ignored))
        if (e.is_regular_file(ignored) && e.path().extension() == ".sst") std::filesystem::remove(e.path(), ignored);
    std::filesystem::remove(directory_in(path), ignored);  // where it is empty
}

}  // namespace tollgate
