// restore_ended.hpp - what a record of the store that is there says had ended since a copy was made: of all kinds but tokens.
//
// Authorizations (their state, epoch and generation: a spent refresh token must not come alive), users and clients (state, epoch, password, second
// factor, secret), MAC keys (when they stop verifying; those that are missing too, since their ids must not be given again) and access
// tokens that were revoked. Names and scopes stay as the copy has them. Pure.
#pragma once

#include "tollgate/model/change.hpp"
#include "tollgate/store/ledger.hpp"

#include <optional>
#include <string_view>

namespace tollgate {

// The change of the copy's record `then`; nothing: there is none to make, or `text` is not a record.
std::optional<change> ended_since(std::string_view key, std::string_view text, const std::optional<stored_record>& then, timestamp now);

}  // namespace tollgate
