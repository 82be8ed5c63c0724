// tls_tickets.hpp - the keys that seal TLS sessions into tickets, so that a caller who comes back need not be met anew. (RFC 5077, RFC 8446 §4.6.1)
//
// Made in the process and never written down. Whoever has such a key can read what was sent under its tickets by TLS 1.2: so they
// change, and the oldest is forgotten.
// Threads: any. Bounds: `kept` keys.
#pragma once

#include "tollgate/base/random.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

namespace tollgate {

class tls_tickets {
 public:
    static constexpr std::size_t kept = 3;

    struct key {
        std::array<std::uint8_t, 16> name{};  // stands in the ticket
        std::array<std::uint8_t, 32> seal{}, tag{};  // AES-256-CBC, HMAC-SHA-256
    };

    explicit tls_tickets(random_source& random);
    ~tls_tickets();
    tls_tickets(const tls_tickets&) = delete;
    tls_tickets& operator=(const tls_tickets&) = delete;

    // A new key seals from now on.
    void rotate();
    [[nodiscard]] key current() const;
    // The key of that name, and whether it is the current one.
    struct found {
        key of;
        bool is_current = false;
    };
    [[nodiscard]] std::optional<found> find(const std::uint8_t* name) const;

 private:
    random_source& random_;
    mutable std::mutex mutex_;
    std::array<key, kept> keys_;  // the newest first
    std::size_t count_ = 0;
};

}  // namespace tollgate
