// otlp.hpp - spans as an OTLP/HTTP request in JSON, and what the collector's answer means. (OpenTelemetry Protocol 1.x)
//
// The protocol's JSON mapping: ids in hexadecimal, 64-bit numbers as text, enumerations as numbers. Attributes are those of the semantic
// conventions for HTTP, and `tollgate.*`.
// Pure. Threads: functions. Errors: none; an answer that makes no sense is a refusal.
#pragma once

#include "tollgate/telemetry/span.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

// Who tells.
struct span_resource {
    std::string service_name = "tollgate";
    std::string service_version;
    std::string instance_id;  // one process
};

// The body of an ExportTraceServiceRequest.
std::string write_spans(const span_resource& by, std::span<const trace_span> spans);

// What became of a batch.
struct export_outcome {
    enum class kind : std::uint8_t {
        accepted,     // all but `rejected`
        later,        // it may be sent again: 429, 502, 503, 504
        refused,      // it may not
        unreachable,  // there was no answer
    } what = kind::unreachable;
    std::uint64_t rejected = 0;
    std::optional<std::chrono::seconds> retry_after{};
    std::string why{};  // for the operator; empty: nothing to say
};

// `retry_after`: that field's value, seconds or empty; a date counts as absent.
export_outcome read_export_answer(unsigned status, std::string_view retry_after, std::string_view body);

}  // namespace tollgate
