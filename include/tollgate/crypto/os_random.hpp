// os_random.hpp - the operating system's randomness (getrandom(2)), the only source of secrets. (T-1)
#pragma once

#include "tollgate/base/random.hpp"

namespace tollgate {

class os_random final : public random_source {
 public:
    void fill(std::span<std::uint8_t> out) override;  // aborts where the system has none
};

}  // namespace tollgate
