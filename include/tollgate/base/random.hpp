// random.hpp - randomness as an argument.
//
// The operating system's source is crypto/os_random.hpp; tests may pass a seeded one where no secret is made.
#pragma once

#include <cstdint>
#include <span>

namespace tollgate {

class random_source {
 public:
    virtual ~random_source() = default;
    // Fills `out` whole. Never fails: a system without randomness ends the process.
    virtual void fill(std::span<std::uint8_t> out) = 0;
};

}  // namespace tollgate
