// tls_parts.hpp - what stands behind the public headers of TLS, for the files of this module.
#pragma once

#include "crypto/openssl_handles.hpp"
#include "tollgate/crypto/tls_context.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tollgate {

struct tls_identity::parts {
    std::string source;
    std::vector<certificate_handle> chain;  // the side's own first
    key_handle key;
    std::vector<std::string> names;
    timestamp begins, ends;
};

struct tls_server::impl {
    // A context for each set of names.
    struct shown {
        std::vector<std::string> names;
        context_handle context;
        std::vector<int> key_kinds;
    };
    std::shared_ptr<tls_tickets> tickets;
    std::vector<shown> all;
    // nullptr: none fits.
    [[nodiscard]] SSL_CTX* find(std::string_view name) const noexcept;
};

// The certificates of a PEM text. Errors: invalid.
result<std::vector<certificate_handle>> read_certificates(const pem_text& from);

// A context of the project's defaults. `is_server`: of the side that is connected to.
context_handle make_tls_context(bool is_server);
// Shows `what` by `context`. Errors: OpenSSL's, as one that is too weak.
result<void> show_identity(SSL_CTX* context, const tls_identity& what);
// Certificates of peers must come from `authorities`.
result<void> trust(SSL_CTX* context, const pem_text& authorities);

}  // namespace tollgate
