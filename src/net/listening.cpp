#include "tollgate/net/listening.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tollgate {
namespace {

constexpr int kBacklog = 4096;

struct socket_address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
    [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&bytes); }
};

failure refused(const std::string& where, std::string_view advice = {}) {
    return {errc::io, "cannot listen on " + where + ": " + std::strerror(errno) + std::string(advice)};
}

bool read_address(const std::string& text, std::uint16_t port, socket_address& out) {
    auto& four = reinterpret_cast<sockaddr_in&>(out.bytes);
    auto& six = reinterpret_cast<sockaddr_in6&>(out.bytes);
    if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        out.size = sizeof four;
        return true;
    }
    if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) != 1) return false;
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    out.size = sizeof six;
    return true;
}

std::uint16_t bound_port(int fd) {
    socket_address at;
    at.size = sizeof at.bytes;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at.bytes), &at.size);
    return ntohs(
        at.bytes.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(at.bytes).sin_port : reinterpret_cast<sockaddr_in6&>(at.bytes).sin6_port);
}

int open_listener(const socket_address& at, bool share_port) {
    const int fd = ::socket(at.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (share_port) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (at.bytes.ss_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd, at.get(), at.size) == 0 && ::listen(fd, kBacklog) == 0) return fd;
    const int why = errno;
    ::close(fd);
    errno = why;
    return -1;
}

// SO_REUSEPORT would let a second gateway of the same user share the port in silence.
bool port_is_taken(const socket_address& at) {
    const int fd = open_listener(at, false);
    if (fd >= 0) ::close(fd);
    return fd < 0;
}

failure no_listener() { return {errc::invalid, "it is no stream socket that listens"}; }

std::string text_of(const socket_address& at) {
    char text[INET6_ADDRSTRLEN] = {};
    if (at.bytes.ss_family == AF_UNIX) {
        const auto& file = reinterpret_cast<const sockaddr_un&>(at.bytes);
        return {file.sun_path, ::strnlen(file.sun_path, sizeof file.sun_path)};
    }
    if (at.bytes.ss_family == AF_INET) {
        const auto& four = reinterpret_cast<const sockaddr_in&>(at.bytes);
        ::inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
        return std::string(text) + ":" + std::to_string(ntohs(four.sin_port));
    }
    const auto& six = reinterpret_cast<const sockaddr_in6&>(at.bytes);
    ::inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(ntohs(six.sin6_port));
}

// What to do about a port that cannot be had.
std::string_view advice_for(int why, std::uint16_t port) {
    constexpr std::uint16_t first_unprivileged = 1024;
    if (why == EADDRINUSE) return " (is another gateway running?)";
    if (why == EADDRNOTAVAIL) return " (this machine has no such address: write one of its own, or 0.0.0.0 or ::)";
    if (why == EACCES && port < first_unprivileged)
        return " (ports below 1024 are root's: have systemd hold the socket, see tollgate.socket, or let the service have CAP_NET_BIND_SERVICE)";
    return {};
}

}  // namespace

result<listening> listen_tcp(const std::string& address, std::uint16_t port, std::size_t copies) {
    socket_address at;
    const std::string where = address + ":" + std::to_string(port);
    if (!read_address(address, port, at)) return failure{errc::invalid, "`" + address + "` is not a numeric address to listen on"};
    if (port != 0 && port_is_taken(at)) return refused(where, advice_for(errno, port));
    listening out;
    for (std::size_t i = 0; i < copies; ++i) {
        const int fd = open_listener(at, copies > 1);
        if (fd < 0) {
            const auto why = refused(where);
            for (const int opened : out.descriptors) ::close(opened);
            return why;
        }
        out.descriptors.push_back(fd);
        if (i == 0) read_address(address, bound_port(fd), at);
    }
    const bool six = address.find(':') != std::string::npos;
    out.address = (six ? "[" + address + "]" : address) + ":" + std::to_string(bound_port(out.descriptors.front()));
    return out;
}

result<listening> listen_unix(const std::string& path) {
    socket_address at;
    auto& file = reinterpret_cast<sockaddr_un&>(at.bytes);
    if (path.size() >= sizeof file.sun_path) return failure{errc::invalid, "the socket's path is longer than 107 bytes: " + path};
    file.sun_family = AF_UNIX;
    path.copy(file.sun_path, path.size());
    at.size = sizeof file;
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool answered = ::connect(probe, at.get(), at.size) == 0;
    ::close(probe);
    if (answered) return failure{errc::exists, "another gateway listens on " + path};
    struct stat there{};
    if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(path.c_str());
    const auto before = ::umask(0117);
    const int fd = open_listener(at, false);
    const int why = errno;
    ::umask(before);
    errno = why;
    if (fd < 0) return refused(path, errno == ENOENT ? " (make its directory, or set management.socket)" : "");
    return listening{{fd}, path};
}

result<std::string> listening_address(int descriptor) {
    int listens = 0, type = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return no_listener();
    size = sizeof type;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return no_listener();
    socket_address at;
    at.size = sizeof at.bytes;
    const bool named = ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&at.bytes), &at.size) == 0;
    const auto family = at.bytes.ss_family;
    if (!named || (family != AF_UNIX && family != AF_INET && family != AF_INET6)) return no_listener();
    return text_of(at);
}

result<listening> share_listening(int descriptor, std::string address, std::size_t copies) {
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    listening out{{descriptor}, std::move(address)};
    while (out.descriptors.size() < copies) {
        const int fd = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
        if (fd < 0) {
            const auto why = refused(out.address);
            for (const int opened : out.descriptors) ::close(opened);
            return why;
        }
        out.descriptors.push_back(fd);
    }
    return out;
}

}  // namespace tollgate
