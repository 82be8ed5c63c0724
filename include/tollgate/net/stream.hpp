// stream.hpp - a connected byte stream with deadlines: TCP or Unix, downstream or upstream.
//
// What exchange sees instead of a socket. Reading suspends until bytes are there; writing tries the socket at once and
// suspends only when it is full. Each direction has its own deadline; when one passes, the operation under way ends with
// operation_aborted and expired() tells.
// Threads: the loop's. Lifetime: owned by the session's frame, or by the pool while idle.
// Cancellation: cancel() ends what is under way; a later operation is not affected.
#pragma once

#include "tollgate/net/async_descriptor.hpp"
#include "tollgate/net/task.hpp"
#include "tollgate/net/timer_wheel.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <span>

namespace tollgate {

// The peer sent its end, properly.
bool is_end_of_stream(const error_code& ec) noexcept;
// A deadline or cancel() ended the operation.
bool is_cancelled(const error_code& ec) noexcept;

// The socket cannot take more now.
bool is_would_block(const error_code& ec) noexcept;

class stream {
 public:
    // `descriptor`: of a connected, non-blocking socket; none before connect().
    stream(loop& on, timer_wheel& wheel, int descriptor = -1) noexcept;
    ~stream();
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    // co_await answers (error_code, bytes). End of stream is asio::error::eof.
    auto read_some(void* out, std::size_t size_bytes) { return socket_.read_some(out, size_bytes); }
    // co_await answers (error_code, 0): it is worth reading. Needs no buffer.
    auto wait_readable() { return socket_.wait_readable(); }
    // What is there, at once; is_would_block() when there is nothing.
    async_descriptor::arrived read_now(void* out, std::size_t size_bytes) noexcept { return socket_.read_now(out, size_bytes); }

    // Opens and connects to `at`; sets TCP_NODELAY. The error, or none.
    task<error_code> connect(asio::generic::stream_protocol::endpoint at);

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
    // Closes so that the peer sees a reset: a cut answer must not look complete.
    void abort() noexcept;
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
    [[nodiscard]] int descriptor() const noexcept { return socket_.native(); }

 private:
    struct owned_deadline : deadline_node {
        owned_deadline(timer_wheel& w, stream& s) noexcept;
        stream& of;
    };
    async_descriptor socket_;
    owned_deadline read_deadline_, write_deadline_;
};

}  // namespace tollgate
