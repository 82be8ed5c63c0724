// retry_pause.hpp - how long to wait before what failed is tried again: twice as long each time, a little at random, and as long as was asked for.
//
// Pure: randomness is an argument. Threads: a value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tollgate {

class retry_pause {
 public:
    using milliseconds = std::chrono::milliseconds;
    struct rules {
        milliseconds first{1'000}, longest{30'000};
        unsigned tries = 8;  // in all; then it is given up
    };
    explicit retry_pause(rules by) noexcept : by_(by) {}

    // After a try that failed. `asked`: Retry-After, where it was sent; it counts up to four times the longest. `random`: any 64 bits.
    // Nothing: no more tries.
    [[nodiscard]] std::optional<milliseconds> next(std::optional<std::chrono::seconds> asked, std::uint64_t random) noexcept;

 private:
    rules by_;
    unsigned failed_ = 0;
};

}  // namespace tollgate
