#include "tollgate/telemetry/log_writer.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/utf8.hpp"
#include "tollgate/telemetry/access_log.hpp"

#include <unistd.h>

namespace tollgate {
namespace {

// Of what is no UTF-8 every byte beyond ASCII is escaped: a journal shows such a line as a number of bytes, and not what it says.
void put_readable(byte_buffer& line, std::string_view text) {
    if (valid_utf8(text) == text.size()) return append_escaped(line, text);
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            append_escaped(line, {&c, 1});
            continue;
        }
        line.put("\\u00");
        line.put(digits[byte >> 4]);
        line.put(digits[byte & 15]);
    }
}

}  // namespace

void log_writer::write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept {
    if (level < least_) return;
    byte_buffer line;
    line.put(rfc3339(time_.now()));
    line.put(' ');
    line.put(to_string(level));
    line.put(' ');
    put_readable(line, message);
    for (const auto& [key, value] : fields) {
        line.put(' ');
        line.put(key);
        line.put("=\"");
        put_readable(line, value);
        line.put('"');
    }
    line.put('\n');
    [[maybe_unused]] const auto n = ::write(fd_, line.data(), line.size());  // nowhere else to complain
}

}  // namespace tollgate
