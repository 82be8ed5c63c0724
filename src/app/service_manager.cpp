#include "tollgate/app/service_manager.hpp"

#include "tollgate/net/listening.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tollgate {
namespace {

constexpr int first_handed_over = 3;  // SD_LISTEN_FDS_START
constexpr std::int64_t most_handed_over = 1024;

std::optional<std::int64_t> number_in(const char* name) {
    const char* const text = std::getenv(name);
    std::int64_t value = 0;
    if (text == nullptr) return std::nullopt;
    const auto [end, bad] = std::from_chars(text, text + std::strlen(text), value);
    return bad == std::errc() && *end == '\0' ? std::optional(value) : std::nullopt;
}

// What a manager says to one process is not for those that this one was started by, or starts.
bool is_for_us(const char* pid_name) { return number_in(pid_name) == static_cast<std::int64_t>(::getpid()); }

failure unreachable(std::string_view path) {
    return {errc::io, fmt::format("the service manager's NOTIFY_SOCKET {} cannot be reached: {}", path, std::strerror(errno))};
}

// An address that begins with '@' is in the abstract namespace.
result<int> connect_notify(std::string_view path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof at.sun_path || (path.front() != '/' && path.front() != '@'))
        return failure{errc::invalid, fmt::format("NOTIFY_SOCKET is neither a path nor an abstract name: `{}`", path)};
    path.copy(at.sun_path, path.size());
    if (path.front() == '@') at.sun_path[0] = '\0';
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return unreachable(path);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&at), size) == 0) return fd;
    const auto why = unreachable(path);
    ::close(fd);
    return why;
}

}  // namespace

service_manager::service_manager(service_manager&& other) noexcept
    : notify_(std::exchange(other.notify_, -1)),
      watchdog_(other.watchdog_),
      sockets_(std::exchange(other.sockets_, {})),
      environment_(std::move(other.environment_)) {}

service_manager::~service_manager() {
    if (notify_ >= 0) ::close(notify_);
    for (const auto& s : sockets_) ::close(s.descriptor);
}

result<service_manager> service_manager::of_environment() {
    service_manager made;
    if (const char* const path = std::getenv("NOTIFY_SOCKET")) {
        const auto connected = connect_notify(path);
        if (!connected) return connected.error();
        made.notify_ = *connected;
        made.environment_.push_back(fmt::format("NOTIFY_SOCKET={}", path));
    }
    const auto within = number_in("WATCHDOG_USEC");
    if (within && *within > 0 && (std::getenv("WATCHDOG_PID") == nullptr || is_for_us("WATCHDOG_PID"))) {
        made.watchdog_.emplace(*within);
        made.environment_.push_back(fmt::format("WATCHDOG_USEC={}", *within));
    }
    const auto count = is_for_us("LISTEN_PID") ? number_in("LISTEN_FDS").value_or(0) : 0;
    if (count < 0 || count > most_handed_over) return failure{errc::invalid, "LISTEN_FDS is not a number of sockets"};
    for (int fd = first_handed_over; fd < first_handed_over + static_cast<int>(count); ++fd) {
        auto address = listening_address(fd);
        if (!address) return failure{address.error().kind, fmt::format("descriptor {} of LISTEN_FDS: {}", fd, address.error().what)};
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        made.sockets_.push_back({std::move(*address), fd});
    }
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    return made;
}

// A manager that does not read must not hold anything up: what does not fit is lost.
void service_manager::tell(std::string_view text) const {
    if (notify_ >= 0) static_cast<void>(::send(notify_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void service_manager::ready(std::string_view status) const { tell(fmt::format("READY=1\nSTATUS={}", status)); }
void service_manager::status(std::string_view text) const { tell(fmt::format("STATUS={}", text)); }
void service_manager::reloading(monotonic now) const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reloading", us));
}
void service_manager::stopping() const { tell("STOPPING=1\nSTATUS=Draining"); }
void service_manager::succeeded_by(std::int64_t process, std::string_view status) const {
    tell(fmt::format("MAINPID={}\nREADY=1\nSTATUS={}", process, status));
}
void service_manager::alive() const { tell("WATCHDOG=1"); }

int service_manager::take_socket(std::string_view address) {
    for (auto it = sockets_.begin(); it != sockets_.end(); ++it) {
        if (it->address != address) continue;
        const int fd = it->descriptor;
        sockets_.erase(it);
        return fd;
    }
    return -1;
}

std::vector<std::string> service_manager::left_sockets() const {
    std::vector<std::string> out;
    for (const auto& s : sockets_) out.push_back(s.address);
    return out;
}

}  // namespace tollgate
