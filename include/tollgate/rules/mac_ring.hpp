// mac_ring.hpp - the keys that sign and verify tokens which nothing is stored of: one an API, a use and a key id.
//
// HKDF-SHA256(master, info = "tollgate access 1 <key id> <API>", or "refresh" for it): whoever has the store has none of them. The
// newest signs; an older one verifies until the last token that it signed has ended.
// Threads: immutable once built; any. Lifetime: nothing of the rulebook or the master is kept.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/crypto/hmac.hpp"
#include "tollgate/model/mac_key.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

enum class mac_use : std::uint8_t { access, refresh };

class mac_ring {
 public:
    struct signer {
        std::uint32_t id = 0;
        timestamp verifies_until;  // unset: it has not been replaced
        hmac_key access, refresh;
        [[nodiscard]] const hmac_key& of(mac_use use) const noexcept { return use == mac_use::access ? access : refresh; }
    };

    mac_ring() = default;
    mac_ring(const secret& master, const std::vector<mac_key>& keys, const rulebook& book);

    // What signs for `of`; nullptr: it issues no tokens, or there is no key.
    [[nodiscard]] const signer* current(const api& of) const noexcept;
    // What verifies under that id at `now`; nullptr: nothing does, or no longer.
    [[nodiscard]] const signer* find(const api& of, std::uint32_t id, timestamp now) const noexcept;

 private:
    struct of_api {
        std::string name;  // and not its index: a reload may give it another one
        std::vector<signer> signers;  // oldest first
    };
    [[nodiscard]] const of_api* find(const api& of) const noexcept;
    std::vector<of_api> by_api_;
};

}  // namespace tollgate
