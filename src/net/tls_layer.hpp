// tls_layer.hpp - TLS on a descriptor: an engine whose wire is the socket.
//
// Every call does what can be done at once; waiting is the stream's. What one read of the socket brought is decrypted before another is tried.
// Threads: the loop's. Lifetime: the stream's; outlives the descriptor's last operation.
#pragma once

#include "tollgate/crypto/tls_engine.hpp"
#include "tollgate/net/async_descriptor.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace tollgate {

class tls_layer final : tls_wire {
 public:
    // `early`: what was read of the socket already.
    tls_layer(async_descriptor& on, std::shared_ptr<const tls_server> by, std::string early)
        : socket_(on), early_(std::move(early)), engine_(std::move(by), *this) {}
    tls_layer(async_descriptor& on, std::shared_ptr<const tls_client> by, const std::string& name, std::shared_ptr<tls_session_slot> sessions)
        : socket_(on), engine_(std::move(by), *this, name, std::move(sessions)) {}

    // As async_descriptor's and stream's. An end without the peer's farewell is connection_reset.
    async_descriptor::arrived read_now(void* out, std::size_t size) noexcept;
    error_code write_now(std::span<iovec>& parts) noexcept;
    [[nodiscard]] bool quiet() noexcept;
    // After a handshake: from here on the descriptor reads through this. What came with the handshake's last bytes counts as more.
    void settle() noexcept {
        has_more_ = engine_.amid_record();
        socket_.put_between(this);
    }

    // A read would bring something although the socket has nothing new.
    [[nodiscard]] bool has_more() const noexcept { return has_more_; }
    [[nodiscard]] tls_engine& engine() noexcept { return engine_; }

 private:
    outcome pull(char* into, std::size_t size) noexcept override;
    outcome push(const char* from, std::size_t size) noexcept override;

    async_descriptor& socket_;
    std::string early_;
    tls_engine engine_;
    bool has_more_ = false;
};

}  // namespace tollgate
