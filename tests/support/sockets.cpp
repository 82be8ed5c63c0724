#include "support/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace tollgate::test {
namespace {

std::string lower(std::string_view s) {
    std::string out(s);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool poll_for(int fd, short what, std::chrono::milliseconds patience) {
    pollfd p{fd, what, 0};
    int n;
    do {
        n = ::poll(&p, 1, static_cast<int>(patience.count()));
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

}  // namespace

socket& socket::operator=(socket&& o) noexcept {
    close();
    fd_ = std::exchange(o.fd_, -1);
    reset_ = o.reset_;
    timed_out_ = o.timed_out_;
    return *this;
}

socket socket::connect(std::uint16_t port) {
    socket s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(s.fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(s.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return s;
}

socket socket::connect_unix(const std::string& path) {
    socket s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    if (::connect(s.fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    return s;
}

bool socket::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (!poll_for(fd_, POLLOUT, kPatience)) return false;
            continue;
        }
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

std::string socket::receive(std::size_t most, std::chrono::milliseconds patience) {
    timed_out_ = !poll_for(fd_, POLLIN, patience);
    if (timed_out_) return {};
    std::string out(most, '\0');
    const auto n = ::recv(fd_, out.data(), out.size(), 0);
    if (n < 0) reset_ = errno == ECONNRESET || errno == EPIPE;
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
}

std::string socket::receive_all() {
    std::string all;
    for (;;) {
        const auto part = receive();
        if (part.empty()) return all;
        all += part;
    }
}

bool socket::stays_silent(std::chrono::milliseconds during) const { return !poll_for(fd_, POLLIN, during); }

void socket::half_close() const { ::shutdown(fd_, SHUT_WR); }

void socket::reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void socket::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

unsigned message::status() const { return start_line.size() > 12 ? static_cast<unsigned>(std::strtoul(start_line.c_str() + 9, nullptr, 10)) : 0; }

std::string message::field(std::string_view name) const {
    for (const auto& [n, v] : fields)
        if (lower(n) == lower(name)) return v;
    return {};
}

std::size_t message::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [&](const auto& f) { return lower(f.first) == lower(name); }));
}

message reader::response(bool bodiless) { return read(true, bodiless, true); }
message reader::request() { return read(false, false, true); }
message reader::head() { return read(false, false, false); }

message reader::read(bool is_response, bool bodiless, bool with_body) {
    message m;
    const auto more = [&] {
        const auto part = from_.receive();
        rest += part;
        return !part.empty();
    };
    std::size_t end;
    while ((end = rest.find("\r\n\r\n")) == std::string::npos)
        if (!more()) return m;
    m.raw_head = rest.substr(0, end + 4);
    rest.erase(0, end + 4);
    std::size_t at = m.raw_head.find("\r\n");
    m.start_line = m.raw_head.substr(0, at);
    for (at += 2; at < end;) {
        const auto eol = m.raw_head.find("\r\n", at);
        const auto line = m.raw_head.substr(at, eol - at);
        const auto colon = line.find(':');
        auto value = line.substr(colon + 1);
        value.erase(0, value.find_first_not_of(" \t"));
        m.fields.emplace_back(line.substr(0, colon), value);
        at = eol + 2;
    }
    if (!with_body) {
        m.complete = true;
        return m;
    }
    const auto status = is_response ? m.status() : 0;
    if (bodiless || (is_response && (status < 200 || status == 204 || status == 304))) {
        m.complete = true;
    } else if (lower(m.field("Transfer-Encoding")) == "chunked") {
        for (;;) {
            std::size_t eol;
            while ((eol = rest.find("\r\n")) == std::string::npos)
                if (!more()) return m;
            const auto size = std::strtoul(rest.c_str(), nullptr, 16);
            while (rest.size() < eol + 2 + size + 2)
                if (!more()) return m;
            m.body += rest.substr(eol + 2, size);
            rest.erase(0, eol + 2 + size + 2);
            if (size == 0) break;
        }
        m.complete = true;
    } else if (const auto length = m.field("Content-Length"); !length.empty()) {
        const auto size = std::strtoul(length.c_str(), nullptr, 10);
        while (rest.size() < size)
            if (!more()) break;
        m.complete = rest.size() >= size;
        m.body = rest.substr(0, size);
        rest.erase(0, size);
    } else if (is_response) {
        while (more()) {}
        m.complete = !from_.was_reset() && !from_.timed_out();
        m.body = std::exchange(rest, {});
    } else {
        m.complete = true;
    }
    return m;
}

upstream::upstream(script run) : run_(std::move(run)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(listener_, 256) != 0)
        throw std::runtime_error("upstream cannot listen");
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

upstream::~upstream() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& t : threads_) t.join();
}

void upstream::accept() {
    for (;;) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const auto number = ++connections_;
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        threads_.emplace_back([this, fd, number] {
            connection c{.peer = socket(fd), .number = number, .of = *this};
            run_(c);
            const std::lock_guard done(mutex_);
            open_.erase(std::remove(open_.begin(), open_.end(), fd), open_.end());
            c.peer.close();
        });
    }
}

std::vector<message> upstream::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void upstream::record(message m) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(m));
}

upstream::script upstream::answer_everything(std::string body) {
    return [body](connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            const bool head = m.start_line.starts_with("HEAD ");
            c.of.record(std::move(m));
            const bool sent = c.peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + (head ? "" : body));
            if (!sent) return;
        }
    };
}

}  // namespace tollgate::test
