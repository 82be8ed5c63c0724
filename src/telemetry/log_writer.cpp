#include "tollgate/telemetry/log_writer.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/telemetry/access_log.hpp"

#include <unistd.h>

#include <string>

namespace tollgate {

void log_writer::write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept {
    if (level < least_) return;
    std::string line = rfc3339(time_.now());
    line += ' ';
    line += to_string(level);
    line += ' ';
    append_escaped(line, message);
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += "=\"";
        append_escaped(line, value);
        line += '"';
    }
    line += '\n';
    [[maybe_unused]] const auto n = ::write(fd_, line.data(), line.size());  // nowhere else to complain
}

}  // namespace tollgate
