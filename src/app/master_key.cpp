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

constexpr std::size_t kMostBytes = 1024;
constexpr std::string_view kMaster = "the master key";

secret trimmed(std::string text) {
    const secret whole(std::move(text));
    auto kept = whole.reveal();
    while (!kept.empty() && std::strchr(" \t\r\n", kept.back()) != nullptr) kept.remove_suffix(1);
    return secret(std::string(kept));
}

// A master key that is made anew opens nothing that the one before has sealed: advice to make one is for a new store alone.
std::string advice_for(int why, std::string_view what) {
    if (why == EACCES) return fmt::format("let the user that the gateway runs as (here uid {}) read it and its directories", ::geteuid());
    if (what == kMaster) return "put back the one that the store was written with, or for a new store make one with openssl rand -hex 32";
    return "write where it is";
}

result<secret> read_file(const std::string& path, std::string_view what) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        const int why = errno;
        return failure{why == ENOENT ? errc::not_found : errc::io,
            fmt::format("{} {} cannot be read: {}; {}", what, path, std::strerror(why), advice_for(why, what))};
    }
    std::string text(kMostBytes, '\0');
    const auto n = ::read(fd, text.data(), text.size());
    const int why = errno;
    ::close(fd);
    if (n < 0) return failure{errc::io, fmt::format("{} {} cannot be read: {}", what, path, std::strerror(why))};
    text.resize(static_cast<std::size_t>(n));
    return trimmed(std::move(text));
}

}  // namespace

result<secret> read_secret(const std::string& source, std::string_view what) {
    const auto colon = source.find(':');
    const auto kind = source.substr(0, colon), name = colon == std::string::npos ? std::string() : source.substr(colon + 1);
    if (kind == "file") return read_file(name, what);
    if (kind == "credential") {
        const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
        if (directory == nullptr)
            return failure{errc::not_found, fmt::format("`{}`: systemd passed no credentials (LoadCredential={})", source, name)};
        return read_file(std::string(directory) + "/" + name, what);
    }
    const char* const value = kind == "env" ? std::getenv(name.c_str()) : nullptr;
    if (value == nullptr)
        return failure{errc::not_found, fmt::format("`{}` leads to no {}: nothing is there", source, what.substr(what.find(' ') + 1))};
    return trimmed(value);
}

result<secret> read_master_key(const std::string& source) {
    const auto text = read_secret(source, kMaster);
    if (!text) return text.error();
    auto bytes = text->reveal().size() == 2 * kKeyBytes ? unhex(text->reveal()) : result<std::string>(failure{});
    if (!bytes)
        return failure{errc::invalid, fmt::format("{} of `{}` is not 64 hexadecimal digits: make one with openssl rand -hex 32", kMaster, source)};
    return secret(std::move(*bytes));
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
