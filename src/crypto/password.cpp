#include "tollgate/crypto/password.hpp"

#include "tollgate/base/check.hpp"

#include <sodium.h>

#include <array>
#include <cstring>

namespace tollgate {
namespace {

void begin() {
    static const int ready = sodium_init();
    TOLLGATE_CHECK(ready >= 0);
}

std::size_t bytes_of(const password_cost& cost) noexcept { return cost.memory_kib * 1024; }

}  // namespace

result<std::string> hash_password(std::string_view password, const password_cost& cost) {
    begin();
    std::array<char, crypto_pwhash_STRBYTES> text{};
    if (crypto_pwhash_str(text.data(), password.data(), password.size(), cost.passes, bytes_of(cost)) != 0)
        return failure{errc::unavailable, "there is no memory to hash a password"};
    return std::string(text.data());
}

// libsodium tells "does not fit" and "no memory" apart by errno alone.
result<bool> password_fits(const std::string& stored, std::string_view password) {
    begin();
    std::array<char, crypto_pwhash_STRBYTES> text{};
    if (stored.size() >= text.size()) return false;
    std::memcpy(text.data(), stored.data(), stored.size());
    errno = 0;
    const int fits = crypto_pwhash_str_verify(text.data(), password.data(), password.size());
    if (fits != 0 && errno == ENOMEM) return failure{errc::unavailable, "there is no memory to hash a password"};
    return fits == 0;
}

std::string unfitting_password(const password_cost& cost) {
    return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.passes) +
        ",p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
}

bool is_of_other_cost(const std::string& stored, const password_cost& cost) {
    begin();
    std::array<char, crypto_pwhash_STRBYTES> text{};
    if (stored.size() >= text.size()) return true;
    std::memcpy(text.data(), stored.data(), stored.size());
    return crypto_pwhash_str_needs_rehash(text.data(), cost.passes, bytes_of(cost)) != 0;
}

}  // namespace tollgate
