#include "tollgate/crypto/sha256.hpp"

#include "tollgate/base/check.hpp"

#include <openssl/evp.h>

namespace tollgate {
namespace {

// Never freed: threads may hash until the process ends.
const EVP_MD* algorithm() noexcept {
    static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return md;
}

// Initialised once; a context that is given the same algorithm again keeps its state's memory.
struct thread_context {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    thread_context() { TOLLGATE_CHECK(ctx != nullptr && EVP_DigestInit_ex2(ctx, algorithm(), nullptr) == 1); }
    thread_context(const thread_context&) = delete;
    thread_context& operator=(const thread_context&) = delete;
    ~thread_context() { EVP_MD_CTX_free(ctx); }
};

}  // namespace

digest sha256(std::string_view text) noexcept {
    thread_local const thread_context own;
    digest out;
    const bool ok = EVP_DigestInit_ex2(own.ctx, nullptr, nullptr) == 1 && EVP_DigestUpdate(own.ctx, text.data(), text.size()) == 1 &&
        EVP_DigestFinal_ex(own.ctx, out.bytes.data(), nullptr) == 1;
    TOLLGATE_CHECK(ok);
    return out;
}

}  // namespace tollgate
