#include "tollgate/net/stream.hpp"

#include <boost/asio/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

namespace tollgate {

bool is_end_of_stream(const error_code& ec) noexcept { return ec == asio::error::eof; }
bool is_cancelled(const error_code& ec) noexcept { return ec == asio::error::operation_aborted; }

stream::owned_deadline::owned_deadline(timer_wheel& w, stream& s) noexcept
    : deadline_node(w, [](deadline_node& n) noexcept { static_cast<owned_deadline&>(n).of.cancel(); }), of(s) {}

stream::stream(stream_socket socket, timer_wheel& wheel) noexcept
    : socket_(std::move(socket)), read_deadline_(wheel, *this), write_deadline_(wheel, *this) {}

stream::~stream() { close(); }

error_code stream::write_now(std::span<iovec>& parts) noexcept {
    while (!parts.empty()) {
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = std::min<std::size_t>(parts.size(), 64);
        const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return {errno, boost::system::system_category()};
        }
        auto left = static_cast<std::size_t>(sent);
        while (!parts.empty() && left >= parts.front().iov_len) {
            left -= parts.front().iov_len;
            parts = parts.subspan(1);
        }
        if (left == 0) continue;
        parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
        parts.front().iov_len -= left;
    }
    return {};
}

task<error_code> stream::write(std::span<iovec> parts) {
    for (;;) {
        if (write_deadline_.expired()) co_return asio::error::timed_out;
        const error_code sent = write_now(parts);
        if (sent != asio::error::would_block && sent != asio::error::try_again) co_return sent;
        const auto [ec] = co_await socket_.async_wait(asio::socket_base::wait_write, no_throw);
        if (ec) co_return ec;
    }
}

task<error_code> stream::connect(asio::generic::stream_protocol::endpoint at) {
    error_code ec;
    socket_.open(at.protocol(), ec);
    if (ec) co_return ec;
    if (at.protocol().family() != AF_UNIX) {
        const int on = 1;
        ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    std::tie(ec) = co_await socket_.async_connect(at, no_throw);
    co_return ec;
}

bool stream::quiet() noexcept {
    char byte;
    const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void stream::cancel() noexcept {
    error_code ignored;
    if (socket_.is_open()) socket_.cancel(ignored);
}

void stream::abandon() noexcept {
    if (!socket_.is_open()) return;
    ::shutdown(socket_.native_handle(), SHUT_RDWR);
    cancel();
}

void stream::shutdown_write() noexcept {
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void stream::close() noexcept {
    read_deadline_.disarm();
    write_deadline_.disarm();
    error_code ignored;
    if (socket_.is_open()) socket_.close(ignored);
}

void stream::abort() noexcept {
    const linger now{1, 0};
    if (socket_.is_open()) ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

}  // namespace tollgate
