// retry_budget.hpp - a share of all requests may be sent again, so that a service in trouble does not get twice the load.
//
// Each request adds its share, each retry takes a whole; some are there from the start and for pools that are asked seldom.
// Pure. Threads: one at a time; a thread's own, for its own requests.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tollgate {

class retry_budget {
 public:
    static constexpr std::uint32_t reserve = 10, most = 100;  // retries

    explicit retry_budget(unsigned percent) noexcept : percent_(percent), left_(percent == 0 ? 0 : reserve * whole) {}
    void request() noexcept { left_ = std::min(left_ + percent_, most * whole); }
    [[nodiscard]] bool take() noexcept {
        if (left_ < whole) return false;
        left_ -= whole;
        return true;
    }

 private:
    static constexpr std::uint32_t whole = 100;
    std::uint32_t percent_, left_;
};

}  // namespace tollgate
