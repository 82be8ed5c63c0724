#include "high_mark.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace tollgate {
namespace {

constexpr std::size_t kDigits = 20;  // of the largest u64; fixed, so that a new mark covers the old one

}  // namespace

high_mark::high_mark(std::string directory, log_sink& log) : path_(std::move(directory) + "/answered"), log_(log) {}

high_mark::~high_mark() {
    if (fd_ >= 0) ::close(fd_);
}

result<void> high_mark::check(revision stored) {
    if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) return failure{errc::io, fmt::format("{} cannot be opened: {}", path_, std::generic_category().message(errno))};
    std::array<char, kDigits> text{};
    const auto n = ::pread(fd_, text.data(), text.size(), 0);
    revision answered = 0;
    if (n == static_cast<ssize_t>(text.size())) std::from_chars(text.data(), text.data() + text.size(), answered);
    if (answered <= stored) return {};
    return failure{errc::corrupt,
        fmt::format("changes up to revision {} were answered, but the store ends at {}: its log is damaged or incomplete. "
                    "Restore a backup; or, to go on without these changes (revocations may be among them), remove {}",
            answered, stored, path_)};
}

void high_mark::raise(revision to) noexcept {
    std::array<char, kDigits> text;
    text.fill('0');
    for (auto at = text.rbegin(); to != 0; to /= 10) *at++ = static_cast<char>('0' + to % 10);
    if (::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) || reported_) return;
    reported_ = true;
    log_.warn("the mark of the newest change cannot be written; a damaged log may go unnoticed", {{"file", path_}});
}

}  // namespace tollgate
