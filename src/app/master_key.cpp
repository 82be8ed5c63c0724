#include "tollgate/app/master_key.hpp"

#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace tollgate {
namespace {

constexpr std::size_t kKeyBytes = 32;

result<secret> parse(std::string text, const std::string& source) {
    const secret held(std::move(text));
    auto digits = held.reveal();
    while (!digits.empty() && std::strchr(" \t\r\n", digits.back()) != nullptr) digits.remove_suffix(1);
    auto bytes = digits.size() == 2 * kKeyBytes ? unhex(digits) : result<std::string>(failure{});
    if (!bytes)
        return failure{errc::invalid, fmt::format("the master key of `{}` is not 64 hexadecimal digits: make one with openssl rand -hex 32", source)};
    return secret(std::move(*bytes));
}

result<secret> read_file(const std::string& path, const std::string& source) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failure{errno == ENOENT ? errc::not_found : errc::io,
            fmt::format("the master key {} cannot be read: {}; make one with openssl rand -hex 32", path, std::strerror(errno))};
    }
    std::string text(256, '\0');
    const auto n = ::read(fd, text.data(), text.size());
    const int why = errno;
    ::close(fd);
    if (n < 0) return failure{errc::io, fmt::format("the master key {} cannot be read: {}", path, std::strerror(why))};
    text.resize(static_cast<std::size_t>(n));
    return parse(std::move(text), source);
}

}  // namespace

result<secret> read_master_key(const std::string& source) {
    const auto colon = source.find(':');
    const auto kind = source.substr(0, colon), name = colon == std::string::npos ? std::string() : source.substr(colon + 1);
    if (kind == "file") return read_file(name, source);
    if (kind == "credential") {
        const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
        if (directory == nullptr)
            return failure{errc::not_found, fmt::format("`{}`: systemd passed no credentials (LoadCredential={})", source, name)};
        return read_file(std::string(directory) + "/" + name, source);
    }
    const char* const value = kind == "env" ? std::getenv(name.c_str()) : nullptr;
    if (value == nullptr) return failure{errc::not_found, fmt::format("`{}` leads to no master key: nothing is there", source)};
    return parse(value, source);
}

result<void> make_master_key(const std::string& path, random_source& random) {
    std::array<std::uint8_t, kKeyBytes> key;
    random.fill(key);
    const secret text(hex(key) + "\n");
    wipe(key.data(), key.size());
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return failure{errno == EEXIST ? errc::exists : errc::io, fmt::format("{} cannot be made: {}", path, std::strerror(errno))};
    const bool written = ::write(fd, text.reveal().data(), text.reveal().size()) == static_cast<ssize_t>(text.reveal().size()) && ::fsync(fd) == 0;
    const int why = errno;
    ::close(fd);
    if (!written) return failure{errc::io, fmt::format("{} cannot be written: {}", path, std::strerror(why))};
    return {};
}

}  // namespace tollgate
