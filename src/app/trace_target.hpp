// trace_target.hpp - a configuration's collector as something that batches of spans are sent to.
//
// Threads: a function; what it makes blocks whoever sends. Errors: a header's secret that cannot be read, with its sentence.
#pragma once

#include "app/in_force.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/rules/trace_sampler.hpp"
#include "tollgate/telemetry/span_exporter.hpp"

#include <cstddef>
#include <memory>

namespace tollgate {

// nullptr: nothing is traced.
result<std::shared_ptr<const span_target>> make_trace_target(const in_force& by, const std::string& instance_id);
// One thread's part of what may be traced.
trace_rules trace_rules_of(const traces_config& wish, std::size_t threads);

}  // namespace tollgate
