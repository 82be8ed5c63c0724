#include "control/second_factor.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/hkdf.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/crypto/totp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tollgate {
namespace {

std::string bytes_from(random_source& random, std::size_t count) {
    std::string out(count, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// 80 bits, as four groups of four.
std::string make_recovery_code(random_source& random) {
    auto letters = base32(as_bytes(bytes_from(random, 10)));
    std::ranges::transform(letters, letters.begin(), lower);
    return fmt::format("{}-{}-{}-{}", letters.substr(0, 4), letters.substr(4, 4), letters.substr(8, 4), letters.substr(12, 4));
}

// As it was given: in any case, with or without its dashes and spaces.
std::string bare_code(std::string_view code) {
    std::string out;
    for (const char c : code)
        if (c != '-' && c != ' ') out.push_back(lower(c));
    return out;
}

std::string recovery_digest(std::string_view code) { return hex(sha256_of_parts("tollgate recovery code 1", {bare_code(code)}).bytes); }

bool spend_recovery_code(totp_factor& factor, std::string_view code) {
    const auto found = std::ranges::find(factor.recovery_digests, recovery_digest(code));
    if (found == factor.recovery_digests.end()) return false;
    factor.recovery_digests.erase(found);
    return true;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '@';
        if (plain) out.push_back(c);
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace

seal_key factor_key(const secret& master) {
    seal_key key;
    hkdf_sha256(master.reveal(), {}, "tollgate second factors 1", key.bytes);
    return key;
}

new_factor make_factor(const seal_key& key, random_source& random, std::string_view user_id) {
    new_factor made;
    const auto bytes = bytes_from(random, totp_secret_bytes);
    made.text = base32(as_bytes(bytes));
    made.kept.sealed = hex(as_bytes(seal(key, random, user_id, bytes)));
    for (std::size_t i = 0; i < bounds::recovery_codes; ++i) {
        made.recovery_codes.push_back(make_recovery_code(random));
        made.kept.recovery_digests.push_back(recovery_digest(made.recovery_codes.back()));
    }
    return made;
}

std::string factor_uri(std::string_view issuer, std::string_view account, std::string_view text) {
    return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", escaped(issuer), escaped(account), text, escaped(issuer));
}

bool spend_code(const seal_key& key, totp_factor& factor, std::string_view user_id, std::string_view code, timestamp now) {
    const auto sealed = unhex(factor.sealed);
    const auto bytes = sealed ? unseal(key, user_id, *sealed) : std::nullopt;
    if (bytes) {
        const auto step = totp_match(*bytes, bare_code(code), now);
        if (step && *step > factor.last_step) {
            factor.last_step = *step;
            return true;
        }
    }
    return factor.confirmed_at && spend_recovery_code(factor, code);
}

}  // namespace tollgate
