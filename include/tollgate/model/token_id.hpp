// token_id.hpp - the stable name of a token (`tok_` and 26 letters of base32), or with another prefix of an actor, user, client,
// authorization or session.
//
// 128 bits: 48 of the creation time in milliseconds, 80 random. Texts sort as the ids do, so listings are in order of
// creation. The alphabet is Crockford's, lower-case (0-9 a-z without i l o u). Not a secret.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/random.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

struct token_id {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const token_id&, const token_id&) = default;

    static token_id make(timestamp now, random_source& random);
    static constexpr std::string_view prefix = "tok_", actor_prefix = "actor_", user_prefix = "usr_", client_prefix = "cli_",
                                      authorization_prefix = "aut_", session_prefix = "ses_";
    static constexpr std::size_t digits = 26, text_bytes = prefix.size() + digits;
    // Reads what text() wrote, with the same prefix; anything else is nothing.
    static std::optional<token_id> parse(std::string_view text, std::string_view with = prefix) noexcept;
    // Writes text_bytes letters: a token's id.
    void write(char* out) const noexcept;
    [[nodiscard]] std::string text(std::string_view with = prefix) const;
};

}  // namespace tollgate
