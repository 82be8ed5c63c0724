// crc32c.hpp - CRC-32C (RFC 3720, appendix B.4) by the processor's own instruction.
//
// RocksDB puts one over each record of its logs, and Debian's build computes it from tables: a twentieth of the committer's time. On x86-64 the
// linker puts this function in the place of RocksDB's own (`--wrap`, src/CMakeLists.txt), where that is not in a shared library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tollgate {

// Of bytes that have `before` and `count` more; of nothing it is 0.
std::uint32_t crc32c(std::uint32_t before, const char* bytes, std::size_t count) noexcept;

}  // namespace tollgate
