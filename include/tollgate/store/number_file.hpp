// number_file.hpp - one number in a small file of its own: 20 decimal digits, written over in place.
//
// Not synced: the kernel writes it within seconds, and it outlives the end of the process at once.
// Threads: one. Errors: io; what is no number reads as none.
#pragma once

#include "tollgate/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tollgate {

class number_file {
 public:
    explicit number_file(std::string path) : path_(std::move(path)) {}
    number_file(const number_file&) = delete;
    number_file& operator=(const number_file&) = delete;
    ~number_file();

    // For writing; makes the file where it is missing.
    result<void> open();
    [[nodiscard]] std::optional<std::uint64_t> read() const;
    // False: it could not be written, or is not open.
    bool write(std::uint64_t number) noexcept;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
    std::string path_;
    int fd_ = -1;
};

}  // namespace tollgate
