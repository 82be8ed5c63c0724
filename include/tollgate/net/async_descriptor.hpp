// async_descriptor.hpp - a non-blocking descriptor on a loop, with at most one operation waiting in each direction.
//
// An operation is an Asio one (any completion token; the project uses no_throw of net/task.hpp), but it waits in the descriptor
// itself: nothing is allocated or queued elsewhere. It is tried when epoll has said that trying is worth it, never inside the call
// that starts it.
// Threads: the loop's. Lifetime: owns the descriptor. Nothing may wait when it is destroyed, except as the loop ends.
// Cancellation: cancel() ends what waits with operation_aborted, soon; a later operation is not affected.
#pragma once

#include "tollgate/net/completion.hpp"
#include "tollgate/net/loop.hpp"

#include <cstddef>
#include <cstdint>

namespace tollgate {

class tls_layer;

class async_descriptor {
    friend class loop;
    friend class loop_state;
    friend class tls_layer;

    enum class outcome : bool { later, done };
    struct operation : ready_node {
        explicit operation(async_descriptor& of) noexcept : ready_node(&run), owner(of) {}
        static void run(ready_node& n);
        async_descriptor& owner;
        outcome (*attempt)(operation&) noexcept = nullptr;
        void* out = nullptr;
        std::size_t size = 0, bytes = 0;
        error_code ec;
        bool aborted = false, steps_back = false;
        completion then;
    };

    static outcome try_read(operation& o) noexcept;
    static outcome try_readable(operation& o) noexcept;
    static outcome try_nothing(operation& o) noexcept;
    static outcome try_accept(operation& o) noexcept;
    auto start(operation& o, outcome (*attempt)(operation&) noexcept, void* out, std::size_t size, bool steps_back = false) {
        return wait_in(o.then, [&o, attempt, out, size, steps_back] {
            o.attempt = attempt;
            o.out = out;
            o.size = size;
            o.steps_back = steps_back;
            o.owner.begin(o);
        });
    }

 public:
    explicit async_descriptor(loop& on, int descriptor = -1) noexcept;
    ~async_descriptor();
    async_descriptor(const async_descriptor&) = delete;
    async_descriptor& operator=(const async_descriptor&) = delete;

    // Takes a non-blocking descriptor; there must be none. A descriptor that connects is taken once connect() was called.
    void assign(int descriptor) noexcept;
    void close() noexcept;
    // Ends what waits, and lets go of the descriptor, which is the caller's then.
    int release() noexcept;
    void cancel() noexcept;
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int native() const noexcept { return fd_; }

    // co_await answers (error_code, bytes). End of stream is asio::error::eof. `steps_back`: behind what others on the loop wait for.
    auto read_some(void* out, std::size_t size_bytes, bool steps_back = false) { return start(reading_, &try_read, out, size_bytes, steps_back); }
    // co_await answers (error_code, 0) when epoll says that bytes, or the end, can be read; what was left unread counts. Needs no buffer.
    auto wait_readable() { return start(reading_, &try_readable, nullptr, 0); }
    // What is there, at once; would_block when there is nothing.
    struct arrived {
        error_code ec;
        std::size_t bytes = 0;
    };
    arrived read_now(void* out, std::size_t size) noexcept;
    // After an attempt to write, or to connect, that would have blocked: co_await answers (error_code, 0) when another is worth it.
    auto wait_writable() { return start(writing_, &try_nothing, nullptr, 0); }
    // Whether the loop's batch has others yet to be served, and the wait for its end: co_await answers (error_code, 0). What is written then
    // wakes peers once instead of once each.
    [[nodiscard]] bool others_wait() const noexcept { return loop_.more_in_batch(); }
    auto end_of_batch() { return start(writing_, &try_nothing, this, 0); }
    // Of a listening descriptor. co_await answers (error_code, 0), and `into` is the connection's: close-on-exec, non-blocking.
    auto accept(int& into) { return start(reading_, &try_accept, &into, 0); }

    // Bytes are read and written through `layer` from here on, which outlives the descriptor; wait_writable() stays the socket's own.
    void put_between(tls_layer* layer) noexcept { layer_ = layer; }

    // Nothing to read and still open, as of the loop's last wait.
    [[nodiscard]] bool quiet() noexcept;

 private:
    arrived receive(void* out, std::size_t size) noexcept;  // the socket's bytes
    [[nodiscard]] bool layer_has_more() const noexcept;
    void begin(operation& o) noexcept;
    void note(std::uint32_t events) noexcept;
    void serve();
    void cancel(operation& o) noexcept;
    void drop_waiting();

    loop& loop_;
    tls_layer* layer_ = nullptr;
    int fd_ = -1;
    bool readable_ = false, writable_ = false, hangup_ = false;  // as epoll said, until an attempt found otherwise
    operation reading_{*this}, writing_{*this};
    async_descriptor* next_ = nullptr;
    async_descriptor** link_ = nullptr;
};

}  // namespace tollgate
