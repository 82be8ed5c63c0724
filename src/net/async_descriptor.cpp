#include "tollgate/net/async_descriptor.hpp"

#include "net/socket_calls.hpp"
#include "net/tls_layer.hpp"
#include "tollgate/base/check.hpp"

#include <boost/asio/error.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tollgate {
namespace {

bool would_block(int why) noexcept { return why == EAGAIN || why == EWOULDBLOCK; }
error_code system_error(int why) noexcept { return {why, boost::system::system_category()}; }

}  // namespace

async_descriptor::async_descriptor(loop& on, int descriptor) noexcept : loop_(on) {
    if (descriptor >= 0) assign(descriptor);
}

async_descriptor::~async_descriptor() { close(); }

void async_descriptor::assign(int descriptor) noexcept {
    TOLLGATE_CHECK(fd_ < 0 && descriptor >= 0);
    fd_ = descriptor;
    readable_ = writable_ = hangup_ = false;  // epoll reports what is so already
    loop_.watch(*this);
}

void async_descriptor::close() noexcept {
    if (fd_ < 0) return;
    cancel();
    loop_.unwatch(*this);  // a child between fork and exec has another descriptor of the socket, which would be reported on
    loop_.forget(*this);
    ::close(fd_);
    fd_ = -1;
}

int async_descriptor::release() noexcept {
    if (fd_ < 0) return -1;
    cancel();
    loop_.unwatch(*this);
    loop_.forget(*this);
    return std::exchange(fd_, -1);
}

void async_descriptor::cancel() noexcept {
    cancel(reading_);
    cancel(writing_);
}

void async_descriptor::cancel(operation& o) noexcept {
    if (!o.then.waits()) return;
    o.aborted = true;
    loop_.soon(o);
}

void async_descriptor::begin(operation& o) noexcept {
    o.aborted = false;
    if (fd_ < 0) return cancel(o);
    if (o.out == this) loop_.soon(o);
    else if (&o == &writing_) writable_ = false;  // what was known before the attempt that blocked is old
    else if (readable_ || layer_has_more()) o.steps_back ? loop_.step_back(o) : loop_.soon(o);
}

void async_descriptor::note(std::uint32_t events) noexcept {
    constexpr std::uint32_t ended = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if ((events & ended) != 0) hangup_ = true;
    if ((events & (EPOLLIN | ended)) != 0) readable_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
}

// The reader is resumed from here; it may end the descriptor, so it comes last.
void async_descriptor::serve() {
    if (writable_ && writing_.then.waits()) loop_.soon(writing_);
    if (!readable_ || !reading_.then.waits() || reading_.queued()) return;
    if (reading_.steps_back) loop_.step_back(reading_);
    else operation::run(reading_);
}

void async_descriptor::operation::run(ready_node& n) {
    auto& o = static_cast<operation&>(n);
    if (!o.then.waits()) return;
    o.ec = {};
    o.bytes = 0;
    if (o.aborted) o.ec = asio::error::operation_aborted;
    else if (o.attempt(o) == outcome::later) return;
    const error_code ec = o.ec;
    o.then(ec, o.bytes);
}

void async_descriptor::drop_waiting() {
    // A handler that is dropped may take the descriptor with it: none is touched behind the second.
    completion& second = writing_.then;
    reading_.then.drop();
    second.drop();
}

bool async_descriptor::layer_has_more() const noexcept { return layer_ != nullptr && layer_->has_more(); }

async_descriptor::arrived async_descriptor::read_now(void* out, std::size_t size) noexcept {
    return layer_ == nullptr ? receive(out, size) : layer_->read_now(out, size);
}

// A short read has emptied the socket (epoll(7)), unless the end is behind it.
async_descriptor::arrived async_descriptor::receive(void* out, std::size_t size) noexcept {
    for (;;) {
        const auto n = receive_now(fd_, out, size);
        if (n > 0) {
            const auto bytes = static_cast<std::size_t>(n);
            readable_ = hangup_ || bytes == size;
            return {{}, bytes};
        }
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) return {asio::error::eof, 0};
        if (would_block(errno)) readable_ = false;
        return {system_error(errno), 0};
    }
}

async_descriptor::outcome async_descriptor::try_read(operation& o) noexcept {
    const auto got = o.owner.read_now(o.out, o.size);
    if (got.ec && would_block(got.ec.value())) return outcome::later;
    o.ec = got.ec;
    o.bytes = got.bytes;
    return outcome::done;
}

async_descriptor::outcome async_descriptor::try_readable(operation& o) noexcept {
    return o.owner.readable_ || o.owner.layer_has_more() ? outcome::done : outcome::later;
}

async_descriptor::outcome async_descriptor::try_nothing(operation&) noexcept { return outcome::done; }

async_descriptor::outcome async_descriptor::try_accept(operation& o) noexcept {
    auto& d = o.owner;
    for (;;) {
        const int fd = ::accept4(d.fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            *static_cast<int*>(o.out) = fd;
            return outcome::done;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (would_block(errno)) {
            d.readable_ = false;
            return outcome::later;
        }
        o.ec = system_error(errno);
        return outcome::done;
    }
}

bool async_descriptor::quiet() noexcept {
    if (fd_ < 0) return false;
    if (!readable_) return !layer_has_more();
    if (layer_ != nullptr) return layer_->quiet();
    char byte;
    const auto n = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n >= 0 || !would_block(errno)) return false;
    readable_ = false;
    return true;
}

}  // namespace tollgate
