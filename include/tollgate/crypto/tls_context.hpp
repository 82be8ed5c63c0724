// tls_context.hpp - what TLS connections of one listener, or to one upstream, have in common: certificates, authorities, protocol.
//
// TLS 1.2 and 1.3 (RFC 5246, RFC 8446); forward secrecy and authenticated encryption only; no compression, no renegotiation, no early data.
// One connection is crypto/tls_engine.hpp.
// Threads: immutable once made; shared by every thread. Errors: invalid, as a sentence.
#pragma once

#include "tollgate/crypto/tls_identity.hpp"
#include "tollgate/crypto/tls_tickets.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace tollgate {

struct tls_server_settings {
    std::vector<tls_identity> identities;       // at least one; the first is shown where no name fits
    std::optional<pem_text> client_authorities; // certificates that callers' ones must come from; without: none is asked for
    bool client_required = true;                // with authorities: a caller without a certificate is refused
    bool version_1_2 = true;                    // false: TLS 1.3 alone
};

// Which of several certificates is shown is the caller's wish (SNI, RFC 6066 §3): an exact name before a wildcard's, which stands for one
// label; of two that fit the earlier; of keys of different kinds for the same names, the one that the caller can use.
class tls_server {
 public:
    static result<std::shared_ptr<const tls_server>> make(const tls_server_settings& s, std::shared_ptr<tls_tickets> tickets);
    ~tls_server();
    tls_server(const tls_server&) = delete;
    tls_server& operator=(const tls_server&) = delete;

    struct impl;  // of this module
    [[nodiscard]] const impl& inside() const noexcept { return *impl_; }

 private:
    explicit tls_server(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

struct tls_client_settings {
    std::optional<pem_text> authorities;   // without: the system's
    std::optional<tls_identity> identity;  // shown where the server asks
    bool verify = true;                    // the server's chain and name
};

class tls_client {
 public:
    static result<std::shared_ptr<const tls_client>> make(const tls_client_settings& s);
    ~tls_client();
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;

    [[nodiscard]] ssl_ctx_st* inside() const noexcept { return context_; }
    [[nodiscard]] bool verifies() const noexcept { return verify_; }

 private:
    tls_client(ssl_ctx_st* context, bool verify) noexcept : context_(context), verify_(verify) {}
    ssl_ctx_st* context_;
    bool verify_;
};

}  // namespace tollgate
