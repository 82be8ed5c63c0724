// tls.hpp - callers by TLS for tests: one that does exactly what it is told, and a tunnel that lets every plain test speak TLS.
//
// Every wait has a bound (kPatience). Loopback only.
// Threads: tls_caller one at a time; the tunnel has threads of its own.
#pragma once

#include "support/sockets.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace tollgate::test {

struct tls_wishes {
    std::string server_name;             // SNI, and whom the certificate must name; empty: neither
    std::string authorities{};           // PEM; empty: any certificate is taken
    std::string certificate{}, key{};    // PEM, of the caller
    std::vector<std::string> protocols{};  // ALPN
    std::string ciphers{};               // of TLS 1.2
    int version = 0;                     // 12, 13; 0: any
    std::shared_ptr<ssl_session_st> session{};  // to be resumed
};

// A blocking TLS connection. What was not said or asked fails as it does on the wire: see error().
class tls_caller {
 public:
    // Connects and shakes hands; is_open() tells whether it worked.
    tls_caller(std::uint16_t port, const tls_wishes& wishes = {});
    ~tls_caller();
    tls_caller(tls_caller&&) noexcept;
    tls_caller& operator=(tls_caller&&) = delete;

    [[nodiscard]] bool is_open() const { return open_; }
    [[nodiscard]] const std::string& error() const { return error_; }  // OpenSSL's words
    // One record for each call of at most 16 KiB.
    bool send(std::string_view bytes);
    // What can be sent at once; 0: nothing can, and the same is to be tried again. -1: an error.
    std::ptrdiff_t send_now(std::string_view bytes);
    // Empty at the end: see ended_properly().
    std::string receive(std::chrono::milliseconds patience = kPatience);
    std::string receive_all();
    [[nodiscard]] bool ended_properly() const { return ended_properly_; }  // by close_notify
    [[nodiscard]] bool timed_out() const { return timed_out_; }
    void close_notify();
    bool update_keys();  // TLS 1.3: and asks the peer to
    bool renegotiate();  // TLS 1.2; whether the peer let it

    [[nodiscard]] bool resumed() const;
    [[nodiscard]] int version() const;  // 12, 13
    [[nodiscard]] std::string cipher() const, protocol() const, shown_name() const;  // the certificate's first DNS name
    // As of the last bytes received: tickets of TLS 1.3 come behind the handshake.
    [[nodiscard]] std::shared_ptr<ssl_session_st> session() const;
    // The connection underneath, for cutting it.
    [[nodiscard]] socket& wire() { return wire_; }

 private:
    int wait_for(int returned, std::chrono::milliseconds patience);
    socket wire_;
    ssl_ctx_st* context_ = nullptr;
    ssl_st* ssl_ = nullptr;
    std::string error_;
    bool open_ = false, ended_properly_ = false, timed_out_ = false;
};

// Takes plain connections, and carries each over a TLS connection of its own: a plain end is a close_notify, a reset a reset, and the other
// way round; an end of the TLS connection without close_notify is a reset.
class tls_tunnel {
 public:
    explicit tls_tunnel(std::uint16_t to);
    ~tls_tunnel();
    [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
    void accept();
    void carry(int plain);
    std::uint16_t to_, port_ = 0;
    int listener_ = -1;
    std::atomic<bool> ending_{false};
    std::mutex mutex_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace tollgate::test
