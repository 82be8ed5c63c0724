#include "tollgate/crypto/seal.hpp"

#include "tollgate/base/check.hpp"

#include <openssl/evp.h>

#include <limits>
#include <memory>

namespace tollgate {
namespace {

// Never freed: threads may seal until the process ends.
const EVP_CIPHER* algorithm() noexcept {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return cipher;
}

using context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view s) noexcept { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* bytes_of(std::string& s) noexcept { return reinterpret_cast<unsigned char*>(s.data()); }

int size_of(std::string_view s) noexcept {
    TOLLGATE_CHECK(s.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    return static_cast<int>(s.size());
}

}  // namespace

std::string seal(const seal_key& key, random_source& random, std::string_view associated, std::string_view plain) {
    std::string out(seal_nonce_bytes + plain.size() + seal_tag_bytes, '\0');
    random.fill({bytes_of(out), seal_nonce_bytes});
    const context ctx(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    unsigned char* const at = bytes_of(out) + seal_nonce_bytes;
    int n = 0, rest = 0;
    const bool ok = ctx != nullptr && EVP_EncryptInit_ex2(ctx.get(), algorithm(), key.bytes.data(), bytes_of(out), nullptr) == 1 &&
        EVP_EncryptUpdate(ctx.get(), nullptr, &n, bytes_of(associated), size_of(associated)) == 1 &&
        EVP_EncryptUpdate(ctx.get(), at, &n, bytes_of(plain), size_of(plain)) == 1 && EVP_EncryptFinal_ex(ctx.get(), at + n, &rest) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_GET_TAG, seal_tag_bytes, at + plain.size()) == 1;
    TOLLGATE_CHECK(ok);
    return out;
}

std::optional<std::string> unseal(const seal_key& key, std::string_view associated, std::string_view sealed) {
    if (sealed.size() < seal_nonce_bytes + seal_tag_bytes) return std::nullopt;
    const auto nonce = sealed.substr(0, seal_nonce_bytes);
    const auto text = sealed.substr(seal_nonce_bytes, sealed.size() - seal_nonce_bytes - seal_tag_bytes);
    std::string tag(sealed.substr(sealed.size() - seal_tag_bytes)), out(text.size() + 1, '\0');  // one more: never an empty buffer
    const context ctx(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int n = 0, rest = 0;
    const bool ready = ctx != nullptr && EVP_DecryptInit_ex2(ctx.get(), algorithm(), key.bytes.data(), bytes_of(nonce), nullptr) == 1 &&
        EVP_DecryptUpdate(ctx.get(), nullptr, &n, bytes_of(associated), size_of(associated)) == 1 &&
        EVP_DecryptUpdate(ctx.get(), bytes_of(out), &n, bytes_of(text), size_of(text)) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_SET_TAG, seal_tag_bytes, tag.data()) == 1;
    TOLLGATE_CHECK(ready);
    if (EVP_DecryptFinal_ex(ctx.get(), bytes_of(out) + n, &rest) != 1) return std::nullopt;
    out.resize(text.size());
    return out;
}

}  // namespace tollgate
