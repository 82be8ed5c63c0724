// table_files.hpp - the rows of one large batch as tables of RocksDB's own, one file a family, for the database to take in all at once.
//
// Nothing of it is seen or survives before that. The files lie in a directory of their own inside of the database's; what a killed process
// left there is removed when the next one opens the database.
#pragma once

#include "tollgate/store/database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class table_files {
 public:
    // Of the database in `path`.
    explicit table_files(std::string path);
    ~table_files();  // removes what was not taken in
    table_files(const table_files&) = delete;
    table_files& operator=(const table_files&) = delete;

    // False: a write of the database has failed since it was opened, and it takes no tables in any more; see error_observer.
    static bool are_taken_in(const rocksdb::DB& db);

    // Puts and deletes, as write_batch keeps them; synced. Of what one key is told the last counts.
    rocksdb::Status write(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> families, std::string_view ops);
    rocksdb::Status take_in(rocksdb::DB& db);

    // Of each opening of such a database its own.
    static std::shared_ptr<rocksdb::EventListener> observer();

    // What an earlier process left; nothing else that may lie there. To be called once the database is open.
    static void remove_left(const std::string& path);

 private:
    const std::string directory_;
    std::vector<rocksdb::IngestExternalFileArg> files_;
};

}  // namespace tollgate
