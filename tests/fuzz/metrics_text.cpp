// What `tollgate top` reads: metrics of a gateway, or of whatever listens there.
#include "app/metrics_view.hpp"
#include "fuzz/fuzz.hpp"

#include <cmath>
#include <sstream>

using namespace tollgate;

FUZZ_TARGET(metrics_text) {
    fuzz::input in(bytes);
    const auto half = bytes.size() / 2;
    const auto before = read_metrics(in.take(half)), after = read_metrics(in.rest());
    DEMAND(before.size() <= half && after.size() <= bytes.size() - half);
    std::ostringstream screen;
    write_metrics_view(screen, before, after, std::chrono::seconds(1), 5);
    // No text of it acts on the terminal.
    for (const char c : screen.str()) DEMAND(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}
