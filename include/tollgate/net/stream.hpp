// stream.hpp - a connected byte stream with deadlines: TCP or Unix, downstream or upstream, in the clear or under TLS.
//
// What exchange sees instead of a socket. Reading suspends until bytes are there; writing tries the socket at once and
// suspends only when it is full. Each direction has its own deadline; when one passes, the operation under way ends with
// operation_aborted and expired() tells.
// Under TLS an end of stream is the peer's own word for it (close_notify): one that was cut fails the read instead.
// Threads: the loop's. Lifetime: owned by the session's frame, or by the pool while idle.
// Cancellation: cancel() ends what is under way; a later operation is not affected.
#pragma once

#include "tollgate/crypto/tls_engine.hpp"
#include "tollgate/net/async_descriptor.hpp"
#include "tollgate/net/task.hpp"
#include "tollgate/net/timer_wheel.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tollgate {

// The peer sent its end, properly.
bool is_end_of_stream(const error_code& ec) noexcept;
// A deadline or cancel() ended the operation.
bool is_cancelled(const error_code& ec) noexcept;

// The socket cannot take more now.
bool is_would_block(const error_code& ec) noexcept;

// How a TLS handshake ended. `why`: of a fault, for the operator.
struct tls_meeting {
    tls_fault fault = tls_fault::none;
    bool resumed = false;
    std::string why;
};

class stream {
 public:
    // `descriptor`: of a connected, non-blocking socket; none before connect().
    stream(loop& on, timer_wheel& wheel, int descriptor = -1) noexcept;
    ~stream();
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    // co_await answers (error_code, bytes). End of stream is asio::error::eof. `steps_back`: behind what others on the loop wait for.
    auto read_some(void* out, std::size_t size_bytes, bool steps_back = false) { return socket_.read_some(out, size_bytes, steps_back); }
    // co_await answers (error_code, 0): it is worth reading. Needs no buffer.
    auto wait_readable() { return socket_.wait_readable(); }
    // What is there, at once; is_would_block() when there is nothing.
    async_descriptor::arrived read_now(void* out, std::size_t size_bytes) noexcept { return socket_.read_now(out, size_bytes); }

    // Opens and connects to `at`; sets TCP_NODELAY. The error, or none.
    task<error_code> connect(asio::generic::stream_protocol::endpoint at);

    // TLS from here on; the read deadline bounds the handshake. After a fault the stream is in the clear again, good for a last word.
    // As the side that was connected to. `early`: what was read already.
    task<tls_meeting> accept_tls(std::shared_ptr<const tls_server> by, std::string early);
    // As the side that has connected, to the server called `name`.
    task<tls_meeting> connect_tls(std::shared_ptr<const tls_client> by, std::string name, std::shared_ptr<tls_session_slot> sessions);
    // A part of a TLS record has come, and the rest is to follow.
    [[nodiscard]] bool amid_record() const noexcept;

    // Writes all of `parts` (which it uses up); the error, or none. Does not raise SIGPIPE.
    task<error_code> write(std::span<iovec> parts);
    // What write() does without ever waiting. would_block: `parts` holds the rest.
    error_code write_now(std::span<iovec>& parts) noexcept;

    // Before a write: whether to wait for the end of the loop's batch with it, and how. co_await answers (error_code, 0).
    [[nodiscard]] bool others_wait() const noexcept { return socket_.others_wait(); }
    auto end_of_batch() { return socket_.end_of_batch(); }

    void read_within(std::chrono::milliseconds limit) noexcept { read_deadline_.arm(limit); }
    void write_within(std::chrono::milliseconds limit) noexcept { write_deadline_.arm(limit); }
    void no_read_deadline() noexcept { read_deadline_.disarm(); }
    void no_write_deadline() noexcept { write_deadline_.disarm(); }
    [[nodiscard]] bool read_expired() const noexcept { return read_deadline_.expired(); }
    [[nodiscard]] bool write_expired() const noexcept { return write_deadline_.expired(); }

    // Nothing to read and still open, as of the loop's last wait: safe to be used for another request.
    [[nodiscard]] bool quiet() noexcept { return socket_.quiet(); }

    void cancel() noexcept { socket_.cancel(); }
    // Ends both directions: every operation from now on fails. The descriptor stays until close().
    void abandon() noexcept;
    void shutdown_write() noexcept;
    void close() noexcept;
    // Of a stream in the clear: lets go of its descriptor, which is the caller's then. Nothing is said to the peer.
    int release() noexcept;
    [[nodiscard]] bool encrypted() const noexcept { return tls_ != nullptr; }
    // Closes so that the peer sees a reset: a cut answer must not look complete.
    void abort() noexcept;
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
    [[nodiscard]] int descriptor() const noexcept { return socket_.native(); }

 private:
    struct owned_deadline : deadline_node {
        owned_deadline(timer_wheel& w, stream& s) noexcept;
        stream& of;
    };
    task<tls_meeting> shake_hands();
    void farewell() noexcept;  // close_notify
    void drop_tls() noexcept;
    async_descriptor socket_;
    std::unique_ptr<tls_layer> tls_;  // nullptr: in the clear
    owned_deadline read_deadline_, write_deadline_;
};

}  // namespace tollgate
