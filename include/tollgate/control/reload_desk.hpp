// reload_desk.hpp - config.reload: the running gateway takes up its configuration anew.
//
// For the operator alone, over the socket. An audit event says who asked, and what came of it.
// Threads: the operation runs on blocking threads; `reload` bears that.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"

#include <functional>
#include <string>

namespace tollgate {

struct reload_desk {
    std::function<result<void>(problem_list& problems)> reload;  // all or nothing
    std::function<std::string()> summary;                        // of what is in force
};

// `tokens` and `time` outlive the table.
void add_reload(operation_table& table, registry& tokens, const clock& time, reload_desk desk);

}  // namespace tollgate
