// tls_identity.hpp - a certificate chain and its private key, read and found to fit: what one side of a TLS connection shows.
//
// Whether the certificate is in force now is the caller's to judge: an expired one is still better than no listener.
// Threads: values; immutable. Errors: invalid, as a sentence that names the source and says what to write instead.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/secret.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tollgate {

// A PEM text and where it came from.
struct pem_text {
    std::string source;
    secret text;
};

class tls_identity {
 public:
    // `certificate`: the side's own first, then those that lead to its authority. The key is not encrypted.
    static result<tls_identity> make(const pem_text& certificate, const pem_text& key);

    // DNS names of the certificate (subjectAltName; without one the common name), lower-case; "*.example.com" as it stands.
    [[nodiscard]] const std::vector<std::string>& names() const noexcept;
    [[nodiscard]] const std::string& source() const noexcept;  // of the certificate
    [[nodiscard]] timestamp begins() const noexcept;
    [[nodiscard]] timestamp ends() const noexcept;

    struct parts;  // OpenSSL's; of this module
    [[nodiscard]] const parts& inside() const noexcept { return *parts_; }

 private:
    explicit tls_identity(std::shared_ptr<const parts> p) : parts_(std::move(p)) {}
    std::shared_ptr<const parts> parts_;
};

}  // namespace tollgate
