// clock_desk.hpp - the gateway's clock, as the management API shows it and sets it right. (T-8)
//
// Threads: both functions from blocking threads. Lifetime: what they know outlives the operations.
#pragma once

#include "tollgate/base/clock.hpp"

#include <functional>

namespace tollgate {

struct clock_view {
    timestamp system;   // the machine's
    timestamp now;      // what is decided by; later than `system` where that was set back
    timestamp settled;  // what things are deleted by; earlier than `now` while a step forward has not stood for ten minutes
};

struct clock_desk {
    std::function<clock_view()> look;  // empty: the gateway goes by the machine's clock
    std::function<void()> accept;      // the machine's clock is right
};

}  // namespace tollgate
