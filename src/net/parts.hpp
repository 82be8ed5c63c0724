// parts.hpp - what is left to be written, as pieces in a row. Threads: functions.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
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

// Copies into `room` what it holds of `parts`, one behind the other. The number of bytes.
inline std::size_t join(std::span<const iovec> parts, std::span<char> room) noexcept {
    std::size_t filled = 0;
    for (const auto& part : parts) {
        const auto taken = std::min(part.iov_len, room.size() - filled);
        if (taken != 0) std::memcpy(room.data() + filled, part.iov_base, taken);
        filled += taken;
    }
    return filled;
}

}  // namespace tollgate
