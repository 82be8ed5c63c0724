#include "tollgate/net/stream.hpp"

#include "net/parts.hpp"
#include "net/socket_calls.hpp"
#include "net/tls_layer.hpp"
#include "tollgate/base/check.hpp"

#include <boost/asio/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>

namespace tollgate {
namespace {

constexpr std::size_t kJoined = 4096;      // a head and a small body
constexpr std::size_t kPartsAtOnce = 64;

std::size_t bytes_of(std::span<const iovec> parts) noexcept {
    std::size_t n = 0;
    for (const auto& p : parts) n += p.iov_len;
    return n;
}

// Small parts go as one piece: the kernel's way with a list of them costs more than copying a kilobyte.
ssize_t send_joined(int socket, std::span<const iovec> parts) noexcept {
    std::array<char, kJoined> room;
    return send_now(socket, room.data(), join(parts, room));
}

ssize_t send_parts(int socket, std::span<iovec> parts) noexcept {
    if (parts.size() == 1) return send_now(socket, parts.front().iov_base, parts.front().iov_len);
    if (bytes_of(parts) <= kJoined) return send_joined(socket, parts);
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = std::min(parts.size(), kPartsAtOnce);
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

bool is_end_of_stream(const error_code& ec) noexcept { return ec == asio::error::eof; }
bool is_cancelled(const error_code& ec) noexcept { return ec == asio::error::operation_aborted; }
bool is_would_block(const error_code& ec) noexcept { return ec == asio::error::would_block || ec == asio::error::try_again; }

stream::owned_deadline::owned_deadline(timer_wheel& w, stream& s) noexcept
    : deadline_node(w, [](deadline_node& n) noexcept { static_cast<owned_deadline&>(n).of.cancel(); }), of(s) {}

stream::stream(loop& on, timer_wheel& wheel, int descriptor) noexcept
    : socket_(on, descriptor), read_deadline_(wheel, *this), write_deadline_(wheel, *this) {}

stream::~stream() { close(); }

error_code stream::write_now(std::span<iovec>& parts) noexcept {
    if (tls_ != nullptr) [[unlikely]]
        return tls_->write_now(parts);
    while (!parts.empty()) {
        const auto sent = send_parts(socket_.native(), parts);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return {errno, boost::system::system_category()};
        }
        use_up(parts, static_cast<std::size_t>(sent));
    }
    return {};
}

task<error_code> stream::write(std::span<iovec> parts) {
    for (;;) {
        if (write_deadline_.expired()) co_return asio::error::timed_out;
        const error_code sent = write_now(parts);
        if (!is_would_block(sent)) co_return sent;
        const auto [ec, none] = co_await socket_.wait_writable();
        if (ec) co_return ec;
    }
}

task<error_code> stream::connect(asio::generic::stream_protocol::endpoint at) {
    const auto system_error = [] { return error_code(errno, boost::system::system_category()); };
    const int family = at.protocol().family();
    const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, at.protocol().protocol());
    if (fd < 0) co_return system_error();
    const int on = 1;
    if (family != AF_UNIX) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const bool begun = ::connect(fd, static_cast<const sockaddr*>(at.data()), static_cast<socklen_t>(at.size())) == 0 || errno == EINPROGRESS;
    const error_code refused = system_error();
    socket_.assign(fd);
    if (!begun) co_return refused;
    const auto [ec, none] = co_await socket_.wait_writable();
    if (ec) co_return ec;
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    co_return error_code(failed, boost::system::system_category());
}

task<tls_meeting> stream::accept_tls(std::shared_ptr<const tls_server> by, std::string early) {
    tls_ = std::make_unique<tls_layer>(socket_, std::move(by), std::move(early));
    co_return co_await shake_hands();
}

task<tls_meeting> stream::connect_tls(std::shared_ptr<const tls_client> by, std::string name, std::shared_ptr<tls_session_slot> sessions) {
    tls_ = std::make_unique<tls_layer>(socket_, std::move(by), name, std::move(sessions));
    co_return co_await shake_hands();
}

task<tls_meeting> stream::shake_hands() {
    auto& engine = tls_->engine();
    error_code ec;
    while (!ec) {
        const auto step = engine.handshake();
        if (step == tls_engine::step::done) {
            tls_->settle();
            co_return tls_meeting{tls_fault::none, engine.resumed(), {}};
        }
        if (step != tls_engine::step::want_read && step != tls_engine::step::want_write) break;
        std::size_t none = 0;
        if (step == tls_engine::step::want_read) std::tie(ec, none) = co_await socket_.wait_readable();
        else std::tie(ec, none) = co_await socket_.wait_writable();
    }
    tls_meeting failed{engine.fault(), false, ec ? std::string() : engine.why()};
    if (ec) failed.fault = read_deadline_.expired() ? tls_fault::late : tls_fault::ended;
    drop_tls();
    co_return failed;
}

void stream::drop_tls() noexcept {
    socket_.put_between(nullptr);
    tls_.reset();
}

bool stream::amid_record() const noexcept { return tls_ != nullptr && tls_->engine().amid_record(); }

void stream::farewell() noexcept {
    if (tls_ != nullptr && socket_.is_open()) tls_->engine().close_notify();
}

void stream::abandon() noexcept {
    if (!socket_.is_open()) return;
    farewell();
    ::shutdown(socket_.native(), SHUT_RDWR);
    cancel();
}

void stream::shutdown_write() noexcept {
    farewell();
    ::shutdown(socket_.native(), SHUT_WR);
}

void stream::close() noexcept {
    read_deadline_.disarm();
    write_deadline_.disarm();
    farewell();
    socket_.close();
    drop_tls();
}

int stream::release() noexcept {
    TOLLGATE_CHECK(tls_ == nullptr);
    read_deadline_.disarm();
    write_deadline_.disarm();
    return socket_.release();
}

void stream::abort() noexcept {
    const linger now{1, 0};
    if (socket_.is_open()) ::setsockopt(socket_.native(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    drop_tls();  // without a farewell
    close();
}

}  // namespace tollgate
