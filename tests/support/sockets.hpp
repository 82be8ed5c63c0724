// sockets.hpp - blocking sockets for tests: a client that says exactly these bytes, an upstream that does exactly this.
//
// Every wait has a bound (kPatience); one that runs out fails the test instead of hanging it. Loopback only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::test {

inline constexpr std::chrono::milliseconds kPatience{10'000};

// A connected socket. Moves; closes at its end.
class socket {
 public:
    socket() = default;
    explicit socket(int fd) : fd_(fd) {}
    ~socket() { close(); }
    socket(socket&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
    socket& operator=(socket&& o) noexcept;
    static socket connect(std::uint16_t port);
    static socket connect_unix(const std::string& path);

    // False: the peer does not take it (closed, reset).
    bool send(std::string_view bytes) const;
    // Up to `most` bytes; empty at the end of the stream, on a reset (was_reset()) or when patience runs out (timed_out()).
    std::string receive(std::size_t most = 65536, std::chrono::milliseconds patience = kPatience);
    // Everything until the end of the stream.
    std::string receive_all();
    // Whether nothing arrives within `during`. Only to show that a bound is *not* reached.
    bool stays_silent(std::chrono::milliseconds during) const;
    void half_close() const;
    void reset();  // closes with RST
    void close();
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    [[nodiscard]] bool was_reset() const { return reset_; }
    [[nodiscard]] bool timed_out() const { return timed_out_; }
    [[nodiscard]] int descriptor() const { return fd_; }

 private:
    int fd_ = -1;
    bool reset_ = false, timed_out_ = false;
};

struct message {
    std::string start_line;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;      // decoded
    std::string raw_head;
    bool complete = false; // false: the connection ended before its end
    [[nodiscard]] unsigned status() const;
    // First field of that name, any case; empty: none.
    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

// Reads messages one after the other, keeping what was read too much.
class reader {
 public:
    explicit reader(socket& from) : from_(from) {}
    // `bodiless`: an answer to HEAD.
    message response(bool bodiless = false);
    message request();
    // Just the head; the body stays.
    message head();
    std::string rest;

 private:
    message read(bool is_response, bool bodiless, bool with_body);
    socket& from_;
};

// An upstream: every connection runs `script` on a thread of its own.
class upstream {
 public:
    struct connection {
        socket peer;
        reader in{peer};
        std::uint64_t number = 0;
        upstream& of;
    };
    using script = std::function<void(connection&)>;

    upstream() : upstream(answer_everything("{\"ok\":true}")) {}
    explicit upstream(script run);
    ~upstream();  // closes the listener, waits for the scripts
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    // Complete requests, in the order of their ends, as `answer_everything` and scripts recorded them.
    [[nodiscard]] std::vector<message> requests() const;
    void record(message m);
    [[nodiscard]] std::uint64_t connections() const { return connections_; }
    // Bytes that arrived on any connection, complete request or not (scripts that read through `in` count too).
    [[nodiscard]] bool saw_nothing() const { return requests().empty() && connections_ == 0; }

    // Keep-alive; answers each request with 200 and a JSON body {"path":…}; records it.
    static script answer_everything(std::string body);

 private:
    void accept();
    script run_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::uint64_t> connections_{0};
    mutable std::mutex mutex_;
    std::vector<message> requests_;
    std::vector<std::thread> threads_;
    std::vector<int> open_;
    std::thread acceptor_;
};

}  // namespace tollgate::test
