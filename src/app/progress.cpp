#include "app/progress.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::uint64_t bar_letters = 30, tenths = 10, us_a_second = 1'000'000;

}  // namespace

progress::progress(std::ostream& out, std::uint64_t whole) : out_(out), whole_(whole), began_(time_.now()), terminal_(::isatty(STDERR_FILENO) == 1) {}

std::uint64_t progress::a_second(std::uint64_t records) const {
    const auto took = std::max<std::int64_t>(1, time_.now().us - began_.us);
    return records * us_a_second / static_cast<std::uint64_t>(took);
}

void progress::show(std::uint64_t done, std::uint64_t records) {
    const auto part = [&](std::uint64_t of) { return whole_ == 0 ? 0 : std::min(done, whole_) * of / whole_; };
    const auto words = fmt::format("{} records, {} a second", records, a_second(records));
    if (terminal_) {
        const auto filled = static_cast<std::size_t>(part(bar_letters));
        const auto bar = whole_ == 0 ? std::string() : fmt::format("[{:<{}}] {:>3} %  ", std::string(filled, '#'), bar_letters, part(100));
        out_ << '\r' << bar << words << std::flush;
        shown_ = true;
    } else if (whole_ != 0 && part(tenths) != tenth_) {
        tenth_ = part(tenths);
        out_ << fmt::format("{} %  {}\n", part(100), words) << std::flush;
    }
}

void progress::end() {
    if (shown_) out_ << '\n';
    shown_ = false;
}

}  // namespace tollgate
