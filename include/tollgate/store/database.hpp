// database.hpp - a RocksDB database behind a handle that can be closed under traffic and opened again.
//
// Nobody holds a rocksdb::DB*: each call pins the open database for its duration; after close() calls answer
// errc::unavailable. RocksDB logs through `log_sink` (Debian's librocksdb aborts when its own log writer meets a full
// disk). A failed synced write closes nothing by itself: the caller sees errc::unavailable or errc::io.
// Threads: any. Blocking: get/scan/write may read or sync the disk; never on an event loop.
#pragma once

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

struct family_options {
    std::string name;
    bool point_lookups = false;  // whole-key filter, checked blocks, hash-like access (digest index)
};

struct database_options {
    std::string path;
    std::vector<family_options> families;  // the first is "default"
    std::size_t cache_bytes = 64ull << 20; // block cache, shared by the families
    bool create = true;
};

// Puts and deletes that happen together or not at all.
class write_batch {
 public:
    write_batch();
    ~write_batch();
    write_batch(write_batch&&) noexcept;
    write_batch& operator=(write_batch&&) noexcept;
    void put(family f, std::string_view key, std::string_view value);
    void erase(family f, std::string_view key);
    void clear();
    [[nodiscard]] std::size_t count() const noexcept;

 private:
    friend class database;
    struct impl;
    std::unique_ptr<impl> impl_;
};

class database {
 public:
    static result<std::unique_ptr<database>> open(const database_options& options, log_sink& log);
    ~database();

    // Nothing: no such key. Errors: unavailable (closed), corrupt (checksum), io.
    [[nodiscard]] result<std::optional<std::string>> get(family f, std::string_view key) const;

    // Rows with `prefix`, from `from` (inclusive, whole key) on, in key order, until `row` answers false.
    // Nothing is returned for a missing prefix: zero rows.
    result<void> scan(family f, std::string_view prefix, std::string_view from,
        const std::function<bool(std::string_view key, std::string_view value)>& row) const;

    // Durable when it returns, if `sync`.
    result<void> write(write_batch& batch, bool sync);

    // Waits for calls under way, closes. Later calls answer unavailable.
    void close();
    // Opens again with the same options. Errors: as open().
    result<void> reopen();
    [[nodiscard]] bool is_open() const noexcept;

 private:
    struct impl;
    explicit database(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
