#include "tollgate/crypto/os_random.hpp"

#include "tollgate/base/check.hpp"

#include <sys/random.h>

#include <cerrno>

namespace tollgate {

void os_random::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const auto got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        TOLLGATE_CHECK(got > 0);
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace tollgate
