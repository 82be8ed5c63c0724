#include "tollgate/net/acceptor.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tollgate {

bool is_out_of_descriptors(const error_code& ec) noexcept {
    return ec.category() == boost::system::system_category() && (ec.value() == EMFILE || ec.value() == ENFILE);
}

void acceptor::close() noexcept {
    const int fd = socket_.release();
    if (fd >= 0) ::close(fd);
}

peer_facts meet_peer(int fd) noexcept {
    peer_facts facts;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
    if (peer.ss_family == AF_UNIX) {
        facts.is_unix = true;
        ucred who{};
        socklen_t who_size = sizeof who;
        if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_size) == 0) facts.uid = who.uid;
        return facts;
    }
    if (peer.ss_family == AF_INET) facts.address = ip_address::v4(ntohl(reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr));
    if (peer.ss_family == AF_INET6) std::copy_n(reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr.s6_addr, 16, facts.address.bytes.begin());
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return facts;
}

}  // namespace tollgate
