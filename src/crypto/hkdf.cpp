#include "tollgate/crypto/hkdf.hpp"

#include "tollgate/base/check.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace tollgate {
namespace {

// Never freed: threads may derive until the process ends.
EVP_KDF* algorithm() noexcept {
    static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    return kdf;
}

OSSL_PARAM octets(const char* name, std::string_view bytes) noexcept {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

}  // namespace

void hkdf_sha256(std::string_view key, std::string_view salt, std::string_view info, std::span<std::uint8_t> out) noexcept {
    TOLLGATE_CHECK(!key.empty());
    char hash[] = "SHA256";
    OSSL_PARAM how[5];
    std::size_t n = 0;
    how[n++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0);
    how[n++] = octets(OSSL_KDF_PARAM_KEY, key);
    if (!salt.empty()) how[n++] = octets(OSSL_KDF_PARAM_SALT, salt);
    if (!info.empty()) how[n++] = octets(OSSL_KDF_PARAM_INFO, info);
    how[n] = OSSL_PARAM_construct_end();
    EVP_KDF_CTX* const ctx = EVP_KDF_CTX_new(algorithm());
    const bool ok = ctx != nullptr && EVP_KDF_derive(ctx, out.data(), out.size(), how) == 1;
    EVP_KDF_CTX_free(ctx);
    TOLLGATE_CHECK(ok);
}

}  // namespace tollgate
