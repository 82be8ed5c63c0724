// relay - copies bytes between a caller and an upstream: the floor that every proxy is compared with. It parses nothing.
//
//   relay --upstream 127.0.0.1:9000 [--listen 127.0.0.1:0]
//
// One thread on bare epoll, read and write, one upstream connection for each caller's. Prints {"port":N}. Runs until killed.
#include "options.hpp"
#include "sockets.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

namespace tollgate {
namespace {

struct pair;

struct side {
    int fd = -1;
    side* other = nullptr;
    pair* of = nullptr;
    std::string pending;     // read from the other side, and not yet taken by this one
    bool ended = false;      // nothing more will be read from it
};

struct pair {
    side downstream, upstream;
    bool closed = false;
};

class relay {
 public:
    relay(const endpoint& at, const endpoint& upstream)
        : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listen_and_announce(at)), upstream_(upstream) {
        watch(epoll_, listener_, nullptr);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events;
        while (true) {
            const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < n; ++i) on_event(events[static_cast<std::size_t>(i)]);
            for (auto* p : gone_) delete p;  // only now: a later event of the same batch may have named it
            gone_.clear();
        }
    }

 private:
    void on_event(const epoll_event& event) {
        auto* s = static_cast<side*>(event.data.ptr);
        if (s == nullptr) return accept_all();
        if (s->of->closed) return;
        const bool ending = (event.events & (EPOLLRDHUP | EPOLLHUP)) != 0;
        if ((event.events & EPOLLOUT) != 0 && !s->pending.empty() && !drain(*s)) return close_pair(*s->of);
        if ((event.events & EPOLLIN) != 0 && !copy(*s, ending)) close_pair(*s->of);
    }

    void accept_all() {
        for (int fd = accept_next(listener_); fd >= 0; fd = accept_next(listener_)) {
            auto* p = new pair;
            p->downstream = {fd, &p->upstream, p, {}, false};
            p->upstream = {start_connect(upstream_), &p->downstream, p, {}, false};
            watch(epoll_, p->upstream.fd, &p->upstream);
            watch(epoll_, p->downstream.fd, &p->downstream);
        }
    }

    // Moves what has come on `from` to the other side. False: the pair is done with.
    bool copy(side& from, bool ending) {
        auto& to = *from.other;
        while (to.pending.empty() && !from.ended) {
            std::size_t n = 0;
            const auto got = receive_some(from.fd, buffer_.data(), buffer_.size(), n);
            if (got == io::would_block) return true;
            if (got == io::closed) return end_of(from);
            const std::string_view bytes(buffer_.data(), n);
            std::size_t sent = 0;
            if (send_some(to.fd, bytes, sent) == io::closed) return false;
            to.pending.assign(bytes.substr(sent));
            if (n < buffer_.size() && !ending) return true;
        }
        return true;
    }

    bool end_of(side& from) {
        from.ended = true;
        ::shutdown(from.other->fd, SHUT_WR);
        return !from.other->ended;
    }

    // `to` takes bytes again: sends what waits, then goes on reading from the other side.
    bool drain(side& to) {
        std::size_t n = 0;
        if (send_some(to.fd, to.pending, n) == io::closed) return false;
        to.pending.erase(0, n);
        return !to.pending.empty() || copy(*to.other, true);
    }

    void close_pair(pair& p) {
        ::close(p.downstream.fd);
        ::close(p.upstream.fd);
        p.closed = true;
        gone_.push_back(&p);
    }

    int epoll_;
    int listener_;
    endpoint upstream_;
    std::vector<char> buffer_ = std::vector<char>(64 * 1024);
    std::vector<pair*> gone_;
};

}  // namespace
}  // namespace tollgate

int main(int argc, char** argv) {
    const tollgate::options given(argc, argv, {"listen", "upstream"});
    const auto upstream = tollgate::parse_endpoint(given.text("upstream", ""));
    tollgate::relay(tollgate::parse_endpoint(given.text("listen", "127.0.0.1:0")), upstream).run();
}
