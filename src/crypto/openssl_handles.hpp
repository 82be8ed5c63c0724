// openssl_handles.hpp - OpenSSL's objects with their ends, and its errors as words. Threads: functions; the error queue is the thread's.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace tollgate {

template <auto Free>
struct openssl_end {
    template <class T>
    void operator()(T* what) const noexcept {
        Free(what);
    }
};

using bio_handle = std::unique_ptr<BIO, openssl_end<&BIO_free>>;
using key_handle = std::unique_ptr<EVP_PKEY, openssl_end<&EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, openssl_end<&X509_free>>;
using context_handle = std::unique_ptr<SSL_CTX, openssl_end<&SSL_CTX_free>>;

// Reads `text`, which outlives the handle.
inline bio_handle reader_of(std::string_view text) { return bio_handle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// The first error of the queue, in OpenSSL's words; the queue is empty then.
inline std::string openssl_error() {
    const char* const said = ERR_reason_error_string(ERR_peek_error());
    std::string out = said != nullptr ? said : "unknown error";
    ERR_clear_error();
    return out;
}

}  // namespace tollgate
