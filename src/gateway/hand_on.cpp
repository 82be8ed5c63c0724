#include "hand_on.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/gateway/passing_lane.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace tollgate {
namespace {

constexpr std::chrono::milliseconds kLingerFor{2'000};

// What a caller sends, to the other process.
struct upward {
    stream& from;
    stream& to;
    std::string early;
    event ended;
};

task<error_code> put(stream& to, const char* bytes, std::size_t size) {
    iovec part{const_cast<char*>(bytes), size};  // sendmsg does not write
    co_return co_await to.write(std::span(&part, 1));
}

// Until `from` ends, which `to` is told.
task<> carry(stream& from, stream& to) {
    std::vector<char> room(bounds::body_window_bytes);
    for (;;) {
        const auto [ec, n] = co_await from.read_some(room.data(), room.size());
        if (ec) break;
        const error_code sent = co_await put(to, room.data(), n);
        if (sent) break;
    }
    to.shutdown_write();
}

task<> carry_upward(upward& u) {
    const error_code sent = co_await put(u.to, u.early.data(), u.early.size());
    if (!sent) co_await carry(u.from, u.to);
    u.ended.set();
}

// While this lives, a drain that is out of time ends the other side too.
struct cut_with {
    cut_with(connection& c, stream& other) noexcept : of(c) { of.total.upstream = &other; }
    ~cut_with() { of.total.upstream = nullptr; }
    cut_with(const cut_with&) = delete;
    cut_with& operator=(const cut_with&) = delete;
    connection& of;
};

passed_connection describe(const connection& c, std::string early) {
    passed_connection out;
    out.listener = c.listener;
    out.early = std::move(early);
    out.client = c.is_unix ? std::string() : c.client.text();
    return out;
}

task<> relay(worker& w, connection& c, std::string early) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) co_return;
    stream other(w.io(), w.wheel(), ends[0]);
    auto passed = describe(c, {});
    passed.what = passed_connection::kind::relayed;
    passed.descriptor = ends[1];
    w.successor()->pass(std::move(passed));
    const cut_with covered(c, other);
    upward up{c.bytes, other, std::move(early), event(w.io())};
    spawn(w.io(), carry_upward(up));
    co_await carry(other, c.bytes);
    c.bytes.read_within(kLingerFor);  // as after any last answer
    co_await up.ended.wait();
}

}  // namespace

task<> hand_on(worker& w, connection& c, std::string early, bool fresh) {
    c.idle = false;
    if (c.bytes.encrypted()) {
        if (!early.empty()) co_await relay(w, c, std::move(early));
        co_return;
    }
    auto passed = describe(c, std::move(early));
    passed.what = fresh ? passed_connection::kind::fresh : passed_connection::kind::kept;
    passed.descriptor = c.bytes.release();
    w.successor()->pass(std::move(passed));
}

}  // namespace tollgate
