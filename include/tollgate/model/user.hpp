// user.hpp - somebody who signs in: with a password, perhaps a second factor. What `me` answers of, and whom sessions and access
// tokens stand for.
//
// A user belongs to one API: those of the built-in one are the operators, and have a role. Never holds a secret in clear: the
// password is an Argon2id string, the second factor's secret is sealed under a key that is not in the store, recovery codes are digests.
// Removed is for ever: the record stays, so that the audit log's names keep their meaning, and the id is never given again.
// Threads: a value.
#pragma once

#include "tollgate/base/clock.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

BOOST_DEFINE_ENUM_CLASS(account_state, active, disabled, removed)

// A second factor: time-based one-time passwords (RFC 6238).
struct totp_factor {
    std::string sealed;                       // the secret, sealed; hexadecimal
    std::optional<timestamp> confirmed_at;    // by a first code; until then it is asked of nobody
    std::uint64_t last_step = 0;              // of the newest code that was taken: each works once
    std::vector<std::string> recovery_digests;  // SHA-256 of the codes that are left, hexadecimal
    friend bool operator==(const totp_factor&, const totp_factor&) = default;
};
BOOST_DESCRIBE_STRUCT(totp_factor, (), (sealed, confirmed_at, last_step, recovery_digests))

struct user {
    std::string id;          // `usr_` and 26 letters (model/token_id.hpp)
    std::uint64_t number = 0;  // of an API's users: what systems that count theirs call the id; given once
    std::string api;
    std::string user_name;   // what is typed to sign in; one of its kind in the API, any case
    std::string email;
    std::string first_name, last_name;
    std::string tenant;      // empty: the API has one tenant
    std::string subject;     // whom the upstream is told (X-Tollgate-Subject); one of its kind in the API; the id where nothing else was said
    std::string role;        // of operators: viewer, operator or owner; else empty
    std::string password;    // Argon2id string; empty: no password opens this account
    std::optional<totp_factor> totp;
    account_state state = account_state::active;
    timestamp created_at, updated_at;
    std::optional<timestamp> email_verified_at;
    std::optional<timestamp> removed_at;
    std::uint32_t epoch = 1;     // raised by what ends the user's sessions and access tokens
    std::uint64_t revision = 0;  // of the ledger: the API's ETag
    friend bool operator==(const user&, const user&) = default;
    [[nodiscard]] bool has_second_factor() const noexcept { return totp && totp->confirmed_at; }
};
BOOST_DESCRIBE_STRUCT(user, (),
    (id, number, api, user_name, email, first_name, last_name, tenant, subject, role, password, totp, state, created_at, updated_at,
        email_verified_at, removed_at, epoch, revision))

}  // namespace tollgate
