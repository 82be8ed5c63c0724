// Lines of the log and of the access log: whatever a caller wrote, one line each, and JSON that says the same. (C-1)
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/codec/utf8.hpp"
#include "tollgate/telemetry/access_log.hpp"
#include "tollgate/telemetry/log_writer.hpp"

#include <algorithm>

#include <sys/mman.h>
#include <unistd.h>

using namespace tollgate;

namespace {

std::string escaped(std::string_view text) {
    const fuzz::exact copy(text);
    byte_buffer out;
    append_escaped(out, copy.view());
    return std::string(out.view());
}

}  // namespace

FUZZ_TARGET(log_lines) {
    const auto inside = escaped(bytes);
    DEMAND(std::ranges::none_of(inside, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    boost::system::error_code failed;
    const auto said = json::parse("\"" + inside + "\"", failed);
    DEMAND(!failed && said.is_string() && valid_utf8(inside) == inside.size());
    DEMAND((std::string_view(said.get_string()) == bytes) == (valid_utf8(bytes) == bytes.size()));
    static const int file = ::memfd_create("log", MFD_CLOEXEC);
    static manual_clock time{{1'800'000'000'000'000}};
    DEMAND(::ftruncate(file, 0) == 0 && ::lseek(file, 0, SEEK_SET) == 0);
    log_writer(file, time).write(severity::warning, "said", {{"by", bytes}});
    std::string line(6 * inside.size() + 100, '\0');
    const auto n = ::pread(file, line.data(), line.size(), 0);
    DEMAND(n > 0);
    line.resize(static_cast<std::size_t>(n));
    DEMAND(std::ranges::count(line, '\n') == 1 && valid_utf8(line) == line.size());
    DEMAND(line.ends_with(" said by=\"" + inside + "\"\n"));
}
