// seal.hpp - sealing bytes at rest: AES-256-GCM (NIST SP 800-38D).
//
// What is sealed can only be read, and only be believed, with the key and beside the same associated data.
// Not for more than 2^32 seals under one key: nonces are random.
// Threads: functions. Errors: unseal() answers nothing where anything does not fit.
#pragma once

#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

inline constexpr std::size_t seal_nonce_bytes = 12, seal_tag_bytes = 16;

// Wiped when it ends.
struct seal_key {
    std::array<std::uint8_t, 32> bytes{};
    seal_key() = default;
    seal_key(const seal_key&) = default;
    seal_key& operator=(const seal_key&) = default;
    ~seal_key() { wipe(bytes.data(), bytes.size()); }
};

// nonce, ciphertext, tag. `associated` is not in it, and must be the same when it is opened.
std::string seal(const seal_key& key, random_source& random, std::string_view associated, std::string_view plain);
std::optional<std::string> unseal(const seal_key& key, std::string_view associated, std::string_view sealed);

}  // namespace tollgate
