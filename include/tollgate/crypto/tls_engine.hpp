// tls_engine.hpp - one TLS connection without a socket: encrypted bytes on one side, plain ones on the other.
//
// What it needs of the network it asks of a tls_wire, which never waits; what cannot go on answers that it needs to read or to write, and is
// tried again with the same arguments. Buffers for records exist only while a record is under way: an idle connection has none.
// Threads: one at a time. Lifetime: the wire outlives it.
// Bounds: one record (16 KiB) each way; messages of a handshake as OpenSSL bounds them (about 100 KiB for a chain).
#pragma once

#include "tollgate/crypto/tls_context.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_session_st;

namespace tollgate {

// The two ends of a network connection. Neither waits.
class tls_wire {
 public:
    enum class how : std::uint8_t { moved, later, ended, failed };
    struct outcome {
        how what = how::later;
        std::size_t bytes = 0;
    };
    virtual outcome pull(char* into, std::size_t size_bytes) noexcept = 0;
    virtual outcome push(const char* from, std::size_t size_bytes) noexcept = 0;

 protected:
    ~tls_wire() = default;
};

// Why a connection failed, coarsely enough to be counted.
enum class tls_fault : std::uint8_t {
    none,
    not_tls,         // what came was no TLS
    plain_http,      // it was HTTP
    version,         // none in common
    cipher,          // none in common, or no group
    protocol_name,   // ALPN: the peer speaks no HTTP/1.1
    no_certificate,  // a certificate was demanded, and none came
    certificate,     // it was not good: why() says
    alert,           // the peer said that it failed
    ended,           // the peer went away, without a word
    late,            // not done in time
    other,
};
inline constexpr std::size_t tls_fault_count = 12;
std::string_view to_string(tls_fault f) noexcept;

// The session with one server, for the next connection to it. Threads: one at a time.
class tls_session_slot {
 public:
    tls_session_slot() = default;
    ~tls_session_slot();
    tls_session_slot(const tls_session_slot&) = delete;
    tls_session_slot& operator=(const tls_session_slot&) = delete;
    void put(ssl_session_st* taken) noexcept;
    [[nodiscard]] ssl_session_st* get() const noexcept { return held_; }

 private:
    ssl_session_st* held_ = nullptr;
};

class tls_engine {
 public:
    enum class step : std::uint8_t { done, want_read, want_write, closed, failed };
    struct moved {
        step what = step::done;
        std::size_t bytes = 0;
    };

    // The side that was connected to.
    tls_engine(std::shared_ptr<const tls_server> by, tls_wire& wire);
    // The side that connects. `name`: whom the certificate must name, and who is asked for: a host, or a numeric address (which is not asked for).
    tls_engine(std::shared_ptr<const tls_client> by, tls_wire& wire, const std::string& name, std::shared_ptr<tls_session_slot> sessions);
    ~tls_engine();
    tls_engine(const tls_engine&) = delete;
    tls_engine& operator=(const tls_engine&) = delete;

    // done: read() and write() may begin. They never come before.
    step handshake() noexcept;
    // closed: the peer said that nothing more comes. An end without that is `failed`: what was read may have been cut.
    moved read(void* out, std::size_t size_bytes) noexcept;
    // done: `bytes` of them are on the wire. want_write: one record is made and must be sent first: the same bytes are to be written again.
    moved write(const void* from, std::size_t size_bytes) noexcept;
    // Tells the peer that nothing more comes, where that can be said at once and would be true.
    void close_notify() noexcept;

    // Some of a record has been received and not all of it been read.
    [[nodiscard]] bool amid_record() const noexcept;
    [[nodiscard]] bool resumed() const noexcept;
    [[nodiscard]] tls_fault fault() const noexcept { return fault_; }
    [[nodiscard]] std::string why() const;  // of a fault, for the operator

 private:
    struct callbacks;  // what OpenSSL calls
    void attach(ssl_ctx_st* context);
    step after(int returned) noexcept;
    void note_fault() noexcept;
    std::shared_ptr<const void> by_;  // whose certificates and callbacks these are
    tls_wire& wire_;
    std::shared_ptr<tls_session_slot> sessions_;
    ssl_st* ssl_ = nullptr;
    unsigned long reason_ = 0;  // OpenSSL's
    tls_fault fault_ = tls_fault::none;
    bool is_server_, begun_ = false, ended_ = false, write_pending_ = false;
};

}  // namespace tollgate
