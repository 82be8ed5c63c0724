// upgrade_desk.hpp - process.upgrade: a new process takes over the gateway's work. (ARCHITECTURE.md, "A new binary takes over")
//
// For the operator alone, over the socket. What is started is the program that the gateway itself was started from: a request names none.
// The audit event says who asked; what came of it is the operator's log's, since the store has changed hands by then.
// Threads: the operation runs on blocking threads; `hand_over` bears that.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace tollgate {

struct upgrade_outcome {
    std::int64_t process = 0;  // that serves now
    std::string in_force;
};

// `tokens` and `time` outlive the table.
void add_upgrade(operation_table& table, registry& tokens, const clock& time, std::function<result<upgrade_outcome>()> hand_over);

}  // namespace tollgate
