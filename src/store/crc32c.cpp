#include "crc32c.hpp"

#ifdef __x86_64__

#include <nmmintrin.h>

#include <cstring>

// The linker's names: what was RocksDB's, and what is called instead of it.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
extern "C" std::uint32_t __real__ZN7rocksdb6crc32c6ExtendEjPKcm(std::uint32_t before, const char* bytes, std::size_t count);
extern "C" std::uint32_t __wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(std::uint32_t before, const char* bytes, std::size_t count) {
    return tollgate::crc32c(before, bytes, count);
}

namespace tollgate {
namespace {

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t before, const char* bytes, std::size_t count) noexcept {
    std::uint64_t state = static_cast<std::uint32_t>(~before);
    for (; count >= sizeof state; count -= sizeof state, bytes += sizeof state) {
        std::uint64_t some = 0;
        std::memcpy(&some, bytes, sizeof some);
        state = _mm_crc32_u64(state, some);
    }
    auto last = static_cast<std::uint32_t>(state);
    for (; count > 0; --count, ++bytes) last = _mm_crc32_u8(last, static_cast<unsigned char>(*bytes));
    return ~last;
}

}  // namespace

std::uint32_t crc32c(std::uint32_t before, const char* bytes, std::size_t count) noexcept {
    static const bool there = __builtin_cpu_supports("sse4.2") != 0;
    return there ? by_instruction(before, bytes, count) : __real__ZN7rocksdb6crc32c6ExtendEjPKcm(before, bytes, count);
}

}  // namespace tollgate
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

#else

namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t before, const char* bytes, std::size_t count);
}

std::uint32_t tollgate::crc32c(std::uint32_t before, const char* bytes, std::size_t count) noexcept {
    return rocksdb::crc32c::Extend(before, bytes, count);
}

#endif
