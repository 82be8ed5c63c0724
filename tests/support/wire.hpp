// wire.hpp - what the tests of wire behaviour share: one API that takes every host, gates, bounded waiting, figures.
//
// Not for tests of decisions: the API here has no document, so that a valid token reaches everything.
// Threads: `gate` any; everything else the test's.
#pragma once

#include "support/gateway.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::test {

inline constexpr const char* any_host_api = "- { name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";

// A step that waits until another thread lets it go on, or patience runs out.
class gate {
 public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    // False: nobody opened it in time.
    bool wait() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [this] { return open_; });
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

inline bool has(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

// Whether `holds()` comes true within the patience. For what the other side does in its own time.
template <class F>
bool eventually(F&& holds) {
    for (int i = 0; i < 1100; ++i) {
        if (holds()) return true;
        ::poll(nullptr, 0, i < 100 ? 1 : 10);
    }
    return false;
}

// A gateway with that one API, and a token for it.
struct front {
    explicit front(const upstream* up, const gateway_options& options = {}) : g(any_host_api, {}, up, options), token(g.create("acme")) {}

    // "POST /x HTTP/1.1" -> a whole head, with Host, the token and `fields`.
    [[nodiscard]] std::string head(std::string_view line, std::string_view fields = {}) const {
        return std::string(line) + "\r\nHost: acme.test\r\nAuthorization: Bearer " + token + "\r\n" + std::string(fields) + "\r\n";
    }
    [[nodiscard]] socket connect() const { return socket::connect(g.port()); }

    gateway g;
    std::string token;
};

// Sends `bytes` on a connection of their own and reads until the gateway ends it.
struct told {
    message answer;
    bool closed = false;      // an end of stream or a reset came in time
    std::string behind;       // bytes behind the answer
};
inline told tell(std::uint16_t port, std::string_view bytes) {
    told out;
    auto s = socket::connect(port);
    s.send(bytes);
    reader in(s);
    out.answer = in.response();
    out.behind = in.rest + s.receive_all();
    out.closed = !s.timed_out();
    return out;
}

// The sum of a metric's samples whose line begins with `prefix`.
inline double figure(const gateway& g, std::string_view prefix) {
    auto s = socket::connect(g.management_port());
    s.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    reader in(s);
    const std::string text = "\n" + in.response().body;
    double sum = 0;
    const std::string mark = "\n" + std::string(prefix);
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const auto eol = text.find('\n', at + 1);
        const auto blank = text.rfind(' ', eol);
        sum += std::strtod(text.c_str() + blank, nullptr);
    }
    return sum;
}

// Whoever closes it, the peer sees a reset.
inline void reset_at_close(const socket& s) {
    const linger now{1, 0};
    ::setsockopt(s.descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

// A port that nobody listens on.
inline std::uint16_t closed_port() { return upstream().port(); }

// A listener whose queue is full: a connect to it neither succeeds nor fails, until accept_caller() makes room.
class full_listener {
 public:
    full_listener() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        at_.sin_family = AF_INET;
        at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at_;
        const bool listens = ::bind(listener_.descriptor(), address(), size) == 0 && ::listen(listener_.descriptor(), 0) == 0;
        if (!listens) throw std::runtime_error("no listener");
        ::getsockname(listener_.descriptor(), address(), &size);
        for (int i = 0; i < 4; ++i) {
            queued_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            ::connect(queued_.back().descriptor(), address(), sizeof at_);
        }
    }
    [[nodiscard]] std::uint16_t port() const { return ntohs(at_.sin_port); }
    // The first connection that is not of the queue's own; closed: nobody came in time.
    socket accept_caller() {
        std::vector<in_port_t> own;
        for (auto& q : queued_) {
            sockaddr_in from{};
            socklen_t size = sizeof from;
            ::getsockname(q.descriptor(), reinterpret_cast<sockaddr*>(&from), &size);
            own.push_back(from.sin_port);
            q.close();
        }
        for (pollfd p{listener_.descriptor(), POLLIN, 0}; ::poll(&p, 1, static_cast<int>(kPatience.count())) > 0;) {
            sockaddr_in from{};
            socklen_t size = sizeof from;
            socket peer(::accept4(listener_.descriptor(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
            if (std::find(own.begin(), own.end(), from.sin_port) == own.end()) return peer;
        }
        return {};
    }

 private:
    sockaddr* address() { return reinterpret_cast<sockaddr*>(&at_); }
    sockaddr_in at_{};
    socket listener_;
    std::vector<socket> queued_;
};

inline std::string repeated(std::string_view what, std::size_t times) {
    std::string out;
    out.reserve(what.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += what;
    return out;
}

}  // namespace tollgate::test
