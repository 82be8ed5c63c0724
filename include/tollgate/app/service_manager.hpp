// service_manager.hpp - what systemd, or another that speaks its protocols, is told, and what it hands over. (sd_notify(3), sd_listen_fds(3))
//
// The few lines of both protocols rather than libsystemd, which would bring four compression libraries into a process that holds secrets.
// Without a manager every call does nothing.
// Threads: of_environment() before any thread starts, and the sockets from one; what is told, from any.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class service_manager {
 public:
    service_manager() = default;
    ~service_manager();
    service_manager(service_manager&& other) noexcept;
    service_manager& operator=(service_manager&&) = delete;

    // From NOTIFY_SOCKET, WATCHDOG_USEC and LISTEN_FDS, where they are for this process; they are gone afterwards, as their meaning is.
    // Errors: a notify socket that cannot be reached, a socket that does not listen.
    static result<service_manager> of_environment();

    void ready(std::string_view status) const;
    void status(std::string_view text) const;
    // Before a reload; ready() ends it, whatever came of it. `now`: of the monotonic clock.
    void reloading(monotonic now) const;
    void stopping() const;
    // Another process, which this one has started, does this one's work from now on: it is heard instead of this one.
    void succeeded_by(std::int64_t process, std::string_view status) const;
    // "NAME=value" for a process that is to be heard like this one.
    [[nodiscard]] const std::vector<std::string>& environment() const noexcept { return environment_; }
    // The process is alive and does what it should.
    void alive() const;
    // Unset: nobody wants to hear alive(). Else it has to come within this time.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const noexcept { return watchdog_; }

    // The socket that listens on `address` ("127.0.0.1:8080", or a path), which is the caller's then; -1: none was handed over.
    int take_socket(std::string_view address);
    // Addresses of the sockets that nobody took.
    [[nodiscard]] std::vector<std::string> left_sockets() const;

 private:
    struct handed_over {
        std::string address;
        int descriptor = -1;
    };
    void tell(std::string_view text) const;
    int notify_ = -1;  // connected
    std::optional<std::chrono::microseconds> watchdog_;
    std::vector<handed_over> sockets_;
    std::vector<std::string> environment_;
};

}  // namespace tollgate
