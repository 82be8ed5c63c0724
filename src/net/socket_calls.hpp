// socket_calls.hpp - receiving and sending without waiting, as the kernel has them.
//
// libc's recv() and send() are points where a thread may be cancelled, which costs a process of several threads two atomic operations a
// call. Nothing here cancels threads. Sanitizers look into libc's, and see nothing of these.
// Threads: functions. Errors: below 0, with errno.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>

namespace tollgate {

inline ssize_t receive_now(int socket, void* into, std::size_t size_bytes) noexcept {
#ifdef TOLLGATE_SANITIZED
    return ::recv(socket, into, size_bytes, MSG_DONTWAIT);
#else
    return ::syscall(SYS_recvfrom, socket, into, size_bytes, MSG_DONTWAIT, nullptr, nullptr);
#endif
}

// Raises no SIGPIPE.
inline ssize_t send_now(int socket, const void* bytes, std::size_t size_bytes) noexcept {
#ifdef TOLLGATE_SANITIZED
    return ::send(socket, bytes, size_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
#else
    return ::syscall(SYS_sendto, socket, bytes, size_bytes, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
#endif
}

}  // namespace tollgate
