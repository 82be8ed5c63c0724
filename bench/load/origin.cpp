// origin - the upstream of the benchmark: HTTP/1.1 keep-alive, one pre-rendered answer to everything, as cheap as epoll allows.
//
//   origin [--listen 127.0.0.1:0] [--body 1024]
//
// Prints {"port":N} when it listens. Runs until it is killed. Bodies of requests are read and forgotten.
#include "message_reader.hpp"
#include "options.hpp"
#include "sockets.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {
namespace {

struct connection {
    int fd = -1;
    message_reader requests;
    std::uint64_t owed = 0;     // answers not yet sent
    std::size_t sent = 0;       // of the answer at the front
};

class origin {
 public:
    origin(const endpoint& at, std::size_t body) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listen_and_announce(at)), answer_(render(body)) {
        watch(epoll_, listener_, nullptr);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events;
        while (true) {
            const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < n; ++i) on_event(events[static_cast<std::size_t>(i)]);
        }
    }

 private:
    static std::string render(std::size_t body) {
        std::string json = "{\"object\":\"list\",\"data\":\"";
        if (body >= json.size() + 2) json.append(body - json.size() - 2, 'x').append("\"}");
        else json.assign(body, 'x');  // too small for JSON; nobody reads it
        return "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n"
               "Content-Length: " +
            std::to_string(json.size()) + "\r\n\r\n" + json;
    }

    void on_event(const epoll_event& event) {
        auto* c = static_cast<connection*>(event.data.ptr);
        if (c == nullptr) return accept_all();
        const bool alive = (event.events & EPOLLIN) == 0 || read_requests(*c, (event.events & EPOLLRDHUP) != 0);
        if (alive && flush(*c)) return;
        ::close(c->fd);
        delete c;
    }

    void accept_all() {
        for (int fd = accept_next(listener_); fd >= 0; fd = accept_next(listener_)) {
            auto* c = new connection;
            c->fd = fd;
            watch(epoll_, fd, c);
        }
    }

    // False: the peer has gone, or talks nonsense.
    bool read_requests(connection& c, bool ending) {
        while (true) {
            std::size_t n = 0;
            const auto got = receive_some(c.fd, buffer_.data(), buffer_.size(), n);
            if (got != io::moved) return got == io::would_block;
            std::string_view bytes(buffer_.data(), n);
            while (!bytes.empty()) {
                const auto read = c.requests.feed(bytes);
                if (read == message_reader::outcome::broken) return false;
                if (read == message_reader::outcome::complete) ++c.owed;
            }
            if (n < buffer_.size() && !ending) return true;  // a short read: the next bytes bring another edge
        }
    }

    bool flush(connection& c) {
        while (c.owed != 0) {
            std::size_t n = 0;
            const auto put = send_some(c.fd, std::string_view(answer_).substr(c.sent), n);
            if (put != io::moved) return put == io::would_block;
            c.sent += n;
            if (c.sent < answer_.size()) continue;
            c.sent = 0;
            --c.owed;
        }
        return true;
    }

    int epoll_;
    int listener_;
    std::string answer_;
    std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

}  // namespace
}  // namespace tollgate

int main(int argc, char** argv) {
    const tollgate::options given(argc, argv, {"listen", "body"});
    tollgate::origin(tollgate::parse_endpoint(given.text("listen", "127.0.0.1:0")), given.count("body", 1024)).run();
}
