#include "sockets.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace tollgate {

namespace {

sockaddr_in as_sockaddr(const endpoint& e) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(e.port);
    out.sin_addr.s_addr = htonl(e.address);
    return out;
}

void send_at_once(int fd) {
    const int on = 1;
    if (::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) die("TCP_NODELAY");
}

}  // namespace

void die(const char* what) {
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    std::_Exit(1);
}

endpoint parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    const std::string host(text.substr(0, colon == std::string_view::npos ? 0 : colon));
    const auto port = colon == std::string_view::npos ? text : text.substr(colon + 1);
    endpoint out{INADDR_LOOPBACK, 0};
    in_addr parsed{};
    errno = EINVAL;
    if (!host.empty() && ::inet_pton(AF_INET, host.c_str(), &parsed) != 1) die("not an IPv4 address");
    if (!host.empty()) out.address = ntohl(parsed.s_addr);
    const auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (read.ec != std::errc{} || read.ptr != port.data() + port.size()) die("not a port");
    return out;
}

int listen_and_announce(const endpoint& at) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    const int on = 1;
    if (::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) die("SO_REUSEADDR");
    auto address = as_sockaddr(at);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("bind");
    if (::listen(fd, SOMAXCONN) != 0) die("listen");
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) die("getsockname");
    std::printf("{\"port\":%u}\n", unsigned{ntohs(address.sin_port)});
    std::fflush(stdout);
    return fd;
}

int start_connect(const endpoint& to) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    send_at_once(fd);
    const auto address = as_sockaddr(to);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) die("connect");
    return fd;
}

int accept_next(int listener) {
    while (true) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == ECONNABORTED || errno == EINTR)) continue;
        if (fd < 0 && errno != EAGAIN) die("accept");
        if (fd >= 0) send_at_once(fd);
        return fd;
    }
}

void watch(int epoll, int fd, void* tag) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = tag;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

io receive_some(int fd, char* into, std::size_t capacity, std::size_t& count) noexcept {
    const auto n = ::recv(fd, into, capacity, 0);
    count = n > 0 ? static_cast<std::size_t>(n) : 0;
    if (n > 0) return io::moved;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? io::would_block : io::closed;
}

io send_some(int fd, std::string_view bytes, std::size_t& count) noexcept {
    const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    count = n > 0 ? static_cast<std::size_t>(n) : 0;
    if (n >= 0) return io::moved;
    return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? io::would_block : io::closed;
}

}  // namespace tollgate
