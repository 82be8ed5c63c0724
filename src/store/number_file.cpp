#include "tollgate/store/number_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace tollgate {
namespace {

constexpr std::size_t kDigits = 20;  // of the largest u64; fixed, so that a new number covers the old one

}  // namespace

number_file::~number_file() {
    if (fd_ >= 0) ::close(fd_);
}

result<void> number_file::open() {
    if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ >= 0) return {};
    return failure{errc::io, fmt::format("{} cannot be opened: {}", path_, std::generic_category().message(errno))};
}

std::optional<std::uint64_t> number_file::read() const {
    const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    std::array<char, kDigits> text{};
    const auto n = ::pread(fd, text.data(), text.size(), 0);
    ::close(fd);
    std::uint64_t number = 0;
    if (n != static_cast<ssize_t>(text.size())) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

bool number_file::write(std::uint64_t number) noexcept {
    std::array<char, kDigits> text;
    text.fill('0');
    for (auto at = text.rbegin(); number != 0; number /= 10) *at++ = static_cast<char>('0' + number % 10);
    return ::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace tollgate
