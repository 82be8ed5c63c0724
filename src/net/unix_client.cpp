#include "tollgate/net/unix_client.hpp"

#include "tollgate/codec/http_guard.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace tollgate {
namespace {

class descriptor {
 public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }

 private:
    int fd_;
};

failure system_failure(errc kind, const std::string& what) { return {kind, what + ": " + std::strerror(errno)}; }

std::string write_ask(const http_ask& ask) {
    std::string text = ask.method + " " + ask.target + " HTTP/1.1\r\nHost: tollgate\r\nConnection: close\r\n";
    for (const auto& [name, value] : ask.headers) text += name + ": " + value + "\r\n";
    if (!ask.body.empty() || ask.method == "POST") text += "Content-Length: " + std::to_string(ask.body.size()) + "\r\n";
    return text + "\r\n" + ask.body;
}

result<std::string> read_all(int fd) {
    std::string bytes;
    std::array<char, 16384> part;
    for (;;) {
        const auto n = ::read(fd, part.data(), part.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_failure(errc::io, "the gateway's answer broke off");
        if (n == 0) return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(n));
    }
}

result<http_answer> read_answer(const std::string& bytes) {
    std::size_t scanned = 0;
    const auto head = std::make_unique<response_head>();
    head_error why{};
    if (read_response_head(bytes, scanned, {}, false, *head, why) != head_status::complete)
        return failure{errc::invalid, "the gateway's answer is not HTTP; is the socket another program's?"};
    http_answer answer;
    answer.status = head->status;
    for (const auto& f : *head) answer.headers.emplace_back(f.name, f.value);
    answer.body = bytes.substr(head->head_bytes);
    if (head->body == body_kind::length && answer.body.size() != head->content_length) return failure{errc::io, "the gateway's answer broke off"};
    return answer;
}

}  // namespace

result<http_answer> http_over_unix(const std::string& socket, const http_ask& ask) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (socket.size() >= sizeof at.sun_path) return failure{errc::invalid, "the socket's path is longer than 107 bytes: " + socket};
    socket.copy(at.sun_path, socket.size());
    const descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd.get() < 0) return system_failure(errc::io, "no socket");
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        return system_failure(errc::unavailable,
            errno == EACCES ? "the gateway's socket " + socket + " cannot be opened (whoever may is the operator: its user, its group, root)"
                            : "no gateway answers on " + socket + " (start one with `tollgate serve`, or name its socket with --socket)");
    const std::string text = write_ask(ask);
    for (std::size_t sent = 0; sent < text.size();) {
        const auto n = ::send(fd.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_failure(errc::io, "the gateway closed the socket");
        sent += static_cast<std::size_t>(n);
    }
    auto bytes = read_all(fd.get());
    if (!bytes) return bytes.error();
    return read_answer(*bytes);
}

}  // namespace tollgate
