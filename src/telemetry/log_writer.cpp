#include "tollgate/telemetry/log_writer.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/telemetry/access_log.hpp"

#include <unistd.h>

namespace tollgate {

void log_writer::write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept {
    if (level < least_) return;
    byte_buffer line;
    line.put(rfc3339(time_.now()));
    line.put(' ');
    line.put(to_string(level));
    line.put(' ');
    append_escaped(line, message);
    for (const auto& [key, value] : fields) {
        line.put(' ');
        line.put(key);
        line.put("=\"");
        append_escaped(line, value);
        line.put('"');
    }
    line.put('\n');
    [[maybe_unused]] const auto n = ::write(fd_, line.data(), line.size());  // nowhere else to complain
}

}  // namespace tollgate
