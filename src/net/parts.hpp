// parts.hpp - what is left to be written, as pieces in a row. Threads: a function.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>

namespace tollgate {

// Takes the first `bytes` away.
inline void use_up(std::span<iovec>& parts, std::size_t bytes) noexcept {
    while (!parts.empty() && bytes >= parts.front().iov_len) {
        bytes -= parts.front().iov_len;
        parts = parts.subspan(1);
    }
    if (bytes == 0) return;
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + bytes;
    parts.front().iov_len -= bytes;
}

}  // namespace tollgate
