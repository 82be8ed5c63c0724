// second_factor.hpp - a second factor as it is made, kept and used: the secret of its codes, sealed; recovery codes, as digests.
//
// Threads: any. Errors: nothing where what is kept cannot be opened (another master key).
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/crypto/seal.hpp"
#include "tollgate/model/user.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// The key that seals second factors at rest, out of the master.
seal_key factor_key(const secret& master);

struct new_factor {
    totp_factor kept;
    std::string text;                         // base32
    std::vector<std::string> recovery_codes;  // four groups of four letters
};
new_factor make_factor(const seal_key& key, random_source& random, std::string_view user_id);

// For an authenticator (otpauth: the key URI format).
std::string factor_uri(std::string_view issuer, std::string_view account, std::string_view text);

// Whether `code` is the factor's, of now and not used yet, or a recovery code that is left; then it is used up in `factor`.
bool spend_code(const seal_key& key, totp_factor& factor, std::string_view user_id, std::string_view code, timestamp now);

}  // namespace tollgate
