// holder.hpp - who may stand behind an access token, and where the caches of grants have them: by id, not by a digest.
//
// A holder's key is its id and a word that no SHA-256 of a token's text ends in by any chance or effort (2^-128). Its grant is made
// of its record when it is read (registry::read); the index has no row for it. A change of the record invalidates the key
// as it does the digests of a token.
// Threads: values.
#pragma once

#include "tollgate/model/digest.hpp"
#include "tollgate/model/token_id.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

enum class holder_kind : std::uint8_t {
    token,          // an API token, exchanged for access tokens
    authorization,  // what one user allowed one client
    client,         // an OAuth client, for itself
    user,
    access,         // one access token: there only when it was revoked
};

struct holder {
    holder_kind kind = holder_kind::token;
    token_id id;
    friend auto operator<=>(const holder&, const holder&) = default;
};

constexpr std::string_view prefix_of(holder_kind kind) noexcept {
    constexpr std::array<std::string_view, 5> prefixes{"tok_", "aut_", "cli_", "usr_", "tok_"};
    return prefixes[static_cast<std::size_t>(kind)];
}

inline std::string text_of(const holder& h) { return h.id.text(prefix_of(h.kind)); }

// Writes token_id::text_bytes letters: text_of() without an allocation.
inline void write_holder(const holder& h, char* out) noexcept {
    h.id.write(out);
    const auto prefix = prefix_of(h.kind);
    std::copy(prefix.begin(), prefix.end(), out);
}

namespace detail {
inline constexpr std::string_view holder_word = "tollgate holder";  // then the kind
}

// The random half of the id comes first: maps hash a key by its first bytes.
inline digest holder_key(const holder& h) noexcept {
    digest out;
    std::copy_n(h.id.bytes.begin() + 8, 8, out.bytes.begin());
    std::copy_n(h.id.bytes.begin(), 8, out.bytes.begin() + 8);
    std::copy(detail::holder_word.begin(), detail::holder_word.end(), out.bytes.begin() + 16);
    out.bytes[31] = static_cast<std::uint8_t>(h.kind);
    return out;
}

// Whose key it is; nothing: it is a digest.
inline std::optional<holder> read_holder_key(const digest& key) noexcept {
    if (!std::equal(detail::holder_word.begin(), detail::holder_word.end(), key.bytes.begin() + 16)) return std::nullopt;
    if (key.bytes[31] > static_cast<std::uint8_t>(holder_kind::access)) return std::nullopt;
    holder out{static_cast<holder_kind>(key.bytes[31]), {}};
    std::copy_n(key.bytes.begin(), 8, out.id.bytes.begin() + 8);
    std::copy_n(key.bytes.begin() + 8, 8, out.id.bytes.begin());
    return out;
}

}  // namespace tollgate
