// What a thread tells of traced requests, on its way to whoever exports it.
#include "tollgate/gateway/worker.hpp"
#include "tollgate/telemetry/span_exporter.hpp"

#include <utility>

namespace tollgate {

void worker::begin_tracing() {
    tracer_.reset();
    if (!plane_->tracing) return;
    tracer_.emplace(*plane_->tracing, id_next_);
    spans_.reserve(bounds::spans_per_thread);
}

void worker::add_span(trace_span s) {
    spans_.push_back(std::move(s));
    if (spans_.size() >= bounds::spans_per_thread) hand_over_spans();
}

void worker::hand_over_spans() {
    if (!spans_.empty() && plane_->spans != nullptr) plane_->spans->push(spans_);
}

}  // namespace tollgate
