#include "tollgate/net/spare_descriptors.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace tollgate {
namespace {

bool somebody_waits(int listener) noexcept {
    pollfd queue{listener, POLLIN, 0};
    return ::poll(&queue, 1, 0) == 1;
}

int accept_one(int listener) noexcept {
    int caller = -1;
    do caller = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (caller < 0 && (errno == EINTR || errno == ECONNABORTED));
    return caller;
}

}  // namespace

spare_descriptors::spare_descriptors() noexcept : nothing_(::eventfd(0, EFD_CLOEXEC)) { open_missing(); }

spare_descriptors::~spare_descriptors() {
    while (count_ > 0) ::close(spares_[--count_]);
    if (nothing_ >= 0) ::close(nothing_);
}

std::size_t spare_descriptors::turn_away(int listener, std::size_t most) noexcept {
    const std::lock_guard lock(mutex_);
    open_missing();
    std::size_t n = 0;
    while (n < most && count_ > 0 && somebody_waits(listener)) {  // first seen, so that no spare is risked for nobody
        ::close(spares_[--count_]);
        const int caller = accept_one(listener);
        if (caller >= 0) {
            keep(caller);
            ++n;
        } else if (errno != EMFILE && errno != ENFILE) {  // gone, or another thread's by now
            break;
        }
    }
    open_missing();
    return n;
}

bool spare_descriptors::refill(int caller) noexcept {
    const std::lock_guard lock(mutex_);
    open_missing();
    if (count_ == kSpares) return false;
    keep(caller);
    open_missing();
    return true;
}

void spare_descriptors::open_missing() noexcept {
    while (nothing_ >= 0 && count_ < kSpares) {
        const int fd = ::eventfd(0, EFD_CLOEXEC);  // a file of its own: where the system has none left (ENFILE), a duplicate would free none
        if (fd < 0) break;
        spares_[count_++] = fd;
    }
    missing_.store(nothing_ >= 0 && count_ < kSpares, std::memory_order_relaxed);
}

void spare_descriptors::keep(int descriptor) noexcept {
    if (::dup3(nothing_, descriptor, O_CLOEXEC) == descriptor) spares_[count_++] = descriptor;
    else ::close(descriptor);
}

}  // namespace tollgate
