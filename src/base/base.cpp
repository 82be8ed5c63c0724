#include "tollgate/base/check.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/base/secret.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tollgate {

std::string_view to_string(errc kind) noexcept {
    switch (kind) {
        case errc::invalid: return "invalid";
        case errc::not_found: return "not_found";
        case errc::exists: return "exists";
        case errc::conflict: return "conflict";
        case errc::refused: return "refused";
        case errc::wrong_state: return "wrong_state";
        case errc::full: return "full";
        case errc::unavailable: return "unavailable";
        case errc::corrupt: return "corrupt";
        case errc::unknown_outcome: return "unknown_outcome";
        case errc::io: return "io";
    }
    return "unknown";
}

void throw_exception_from_error(const failure& why, const boost::source_location&) { throw std::runtime_error(why.what); }

void contract_broken(const char* text, const char* file, int line) noexcept {
    std::fprintf(stderr, "tollgate: contract broken: %s (%s:%d). This is a bug; please report it.\n", text, file, line);
    std::abort();
}

timestamp system_clock::now() const noexcept {
    const auto t = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(t).count()};
}

monotonic system_clock::ticks() const noexcept { return std::chrono::steady_clock::now(); }

void wipe(void* data, std::size_t size_bytes) noexcept {
    if (size_bytes == 0) return;
    std::memset(data, 0, size_bytes);
    asm volatile("" : : "r"(data) : "memory");
}

std::string_view to_string(severity level) noexcept {
    switch (level) {
        case severity::debug: return "debug";
        case severity::info: return "info";
        case severity::warning: return "warning";
        case severity::error: return "error";
    }
    return "info";
}

}  // namespace tollgate
