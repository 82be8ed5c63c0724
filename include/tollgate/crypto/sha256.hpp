// sha256.hpp - SHA-256 of a token's text. (C-2)
//
// OpenSSL 3.0's one-shot calls fetch the algorithm under a lock each time (0.8 µs for 50 bytes); here it is fetched once a
// process and the context kept per thread.
// Threads: any. Does no I/O; allocates once a thread.
#pragma once

#include "tollgate/model/digest.hpp"

#include <string_view>

namespace tollgate {

digest sha256(std::string_view text) noexcept;

}  // namespace tollgate
