// sign_in.hpp - whether somebody is who they say: password, then second factor; slowed where it is guessed at.
//
// What is wrong is never told apart: an unknown user name is answered as a wrong password is, after a hash of the same cost, and is
// slowed likewise. Passwords are hashed on a pool of its own at a low priority, with few waiting (bounds.hpp): what finds no
// room is told to come back, and the data plane keeps its threads and its p99.
// Threads: any blocking one; calls wait for a hash. Lifetime: what the dependencies refer to outlives it.
// Errors: none besides outcome: unavailable is the store's, slow_down the guesser's.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class sign_in {
 public:
    struct dependencies {
        registry& tokens;
        const clock& time;
        random_source& random;
        log_sink& log;
    };
    // `master`: 32 bytes (app/master_key.hpp); the key that seals second factors is derived from it.
    sign_in(dependencies with, const secret& master);
    ~sign_in();

    struct outcome {
        enum class kind : std::uint8_t {
            ok,
            refused,               // user name, password or code is wrong; or the account is disabled
            slow_down,             // too many tries of this account or from this address: nothing was looked at
            second_factor_wanted,  // the password is right; `ticket` takes the code
            unavailable,           // ours: the store, or no room to hash
        } what = kind::unavailable;
        user who{};                     // where ok or second_factor_wanted
        unsigned assurance = 1;         // 2: a second factor was given
        timestamp asserted_at{};        // of the assurance
        std::uint32_t retry_after_s = 1;  // where slow_down or unavailable
        std::string ticket{};           // where second_factor_wanted: for by_code(), within bounds::sign_in_ticket_time, this many tries
    };
    // `from`: the caller's address, in words. `code`: of the second factor, or a recovery code; empty: none was given.
    outcome by_password(const api& of, std::string_view user_name, const secret& password, std::string_view from, std::string_view code = {});
    // The second half of a sign-in whose password was right.
    outcome by_code(std::string_view ticket, std::string_view code, std::string_view from);
    // A code of somebody who is signed in already (step-up).
    outcome by_code(const user& who, std::string_view code, std::string_view from);

    // Attempts by outcome, as Prometheus text.
    [[nodiscard]] std::string metrics() const;

    // The Argon2id string of a new password. Errors: invalid (too short or long), unavailable (no room).
    result<std::string> hash(const secret& password);

    // A second factor for `who`: nothing is kept until it is confirmed with confirm_factor(). Errors: the registry's.
    struct enrolment {
        std::string text;                        // the secret in base32, to be typed
        std::string uri;                         // otpauth://, for a QR code
        std::vector<std::string> recovery_codes; // shown once
        user record;
    };
    result<enrolment> enrol(std::string_view user_id, std::string_view issuer, const caller& who);
    // With the first code, the factor counts from now on. Errors: refused (the code does not fit), wrong_state (nothing to confirm).
    result<user> confirm_factor(std::string_view user_id, std::string_view code, const caller& who);

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
