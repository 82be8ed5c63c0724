// directory_lock.hpp - a store's directory: made private, and held by one process at a time.
//
// RocksDB has a lock of its own; this one stands before it, because it can say who holds the store.
// Lifetime: the lock ends with the object, or with the process, however that ends.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"

#include <string>
#include <utility>

namespace tollgate {

class directory_lock {
 public:
    // Makes `path` (0700) where it is missing and `create` says so, and locks it. Errors: unavailable (held by another,
    // whose pid is in the sentence), not_found (missing), io.
    static result<directory_lock> take(const std::string& path, bool create, log_sink& log);
    directory_lock(directory_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    directory_lock& operator=(directory_lock&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~directory_lock();

 private:
    explicit directory_lock(int fd) noexcept : fd_(fd) {}
    int fd_;
};

}  // namespace tollgate
