// authorizations.hpp - authorizations and their refresh tokens, access tokens that are revoked one by one, and the keys that sign both.
//
// Commands build one change each and commit it through the ledger (registry.hpp); what they decide is rules/refresh_family.hpp's.
// Issuing an access token is no command: nothing is stored of it.
// Threads: any but an event loop's. Lifetime: the registry outlives it.
// Errors: as registry.hpp.
#pragma once

#include "tollgate/model/authorization.hpp"
#include "tollgate/model/mac_key.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/refresh_family.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class authorization_book {
 public:
    explicit authorization_book(registry& in) noexcept : in_(in) {}

    // `wish`: without id, revision and what refresh tokens need; those are filled in.
    result<authorization> add(const api& of, authorization wish, const caller& who);

    struct refreshed {
        presented_refresh what = presented_refresh::over;
        authorization record;  // as it is now: with the next generation where alive or repeat, ended where spent
    };
    // A refresh token whose MAC was right. One change, on the condition that nobody came in between: of any number that present the same
    // one at once, one is the first. Reuse of a spent one is an alarm in the log, and an audit event of its own.
    result<refreshed> refresh(const api& of, std::string_view id, std::uint32_t generation, const caller& who);

    // Permanent; one that has ended already answers its record unchanged. Errors: not_found.
    result<authorization> end(std::string_view id, const char* action, const caller& who);
    [[nodiscard]] result<authorization> show(std::string_view id) const;

    // Permanent. Nothing is left to do for one that was revoked already.
    result<void> revoke_access(const revoked_access& which, const caller& who);

    // The keys that still verify something, oldest first.
    [[nodiscard]] result<std::vector<mac_key>> keys() const;
    // A new key signs from here on. Those before go on verifying for `longest`, which is how long a token may live; zero: they end at
    // once, and with them everything that they signed. Errors: unavailable (there is no master key).
    result<mac_key> rotate_keys(std::chrono::seconds longest, const caller& who);
    // The first key, where there is none.
    result<void> ensure_key(const caller& who);

 private:
    registry& in_;
};

}  // namespace tollgate
