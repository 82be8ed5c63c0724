// metrics_view.hpp - two readings of /metrics as one screen: what has happened between them.
//
// Pure: no I/O, no clock. Threads: functions.
#pragma once

#include <chrono>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct metric_sample {
    std::string name;
    std::map<std::string, std::string, std::less<>> labels;
    double value = 0;
    [[nodiscard]] std::string_view label(std::string_view of) const;
};

// Lines that are no samples are passed over.
std::vector<metric_sample> read_metrics(std::string_view text);

// Rates a second over `between`; a counter that has become less began anew. `rows`: routes and reasons at most.
void write_metrics_view(std::ostream& out, const std::vector<metric_sample>& before, const std::vector<metric_sample>& after,
    std::chrono::duration<double> between, std::size_t rows);

}  // namespace tollgate
