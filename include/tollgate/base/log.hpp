// log.hpp - where operational messages go, as an interface.
//
// For the operator: starts, stops, faults, what to do next. Not for requests (telemetry/access_log.hpp) and never for secrets.
// Threads: write() may be called from every thread, and never blocks on anything but the sink's own descriptor.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace tollgate {

enum class severity { debug, info, warning, error };

std::string_view to_string(severity level) noexcept;

using log_field = std::pair<std::string_view, std::string_view>;

class log_sink {
 public:
    virtual ~log_sink() = default;
    virtual void write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept = 0;

    void info(std::string_view m, std::initializer_list<log_field> f = {}) noexcept { write(severity::info, m, f); }
    void warn(std::string_view m, std::initializer_list<log_field> f = {}) noexcept { write(severity::warning, m, f); }
    void error(std::string_view m, std::initializer_list<log_field> f = {}) noexcept { write(severity::error, m, f); }
};

// Throws every message away. For tests.
class null_log final : public log_sink {
 public:
    void write(severity, std::string_view, std::initializer_list<log_field>) noexcept override {}
};

}  // namespace tollgate
