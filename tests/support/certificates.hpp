// certificates.hpp - keys and certificates made for one test: an authority, and what it signs.
//
// Errors: throws. Threads: values.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tollgate::test {

struct certificate_wish {
    std::vector<std::string> names{"localhost"};  // DNS names; what is numeric is an IP address
    std::chrono::hours begins{-24}, ends{365 * 24};  // from now
    bool rsa = false;     // otherwise P-256
    bool client = false;  // for a client, otherwise a server
};

struct pem_pair {
    std::string certificate, key;
};

class authority {
 public:
    explicit authority(const std::string& name = "Test authority");
    [[nodiscard]] pem_pair sign(const certificate_wish& wish) const;
    [[nodiscard]] const std::string& certificate() const { return own_.certificate; }

 private:
    pem_pair own_;
};

// The key alone, under a passphrase.
std::string encrypted_key();

}  // namespace tollgate::test
