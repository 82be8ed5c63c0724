// token_issuer.hpp - issuing: an access token out of what stands behind it, and the answer that carries it.
#pragma once

#include "control/oauth_clients.hpp"
#include "tollgate/model/authorization.hpp"
#include "tollgate/rules/access_token.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct issue_wish {
    held parent;
    std::optional<held> client, user;
    std::vector<std::string> scopes;      // by name; each is one of the API's
    bool every_scope = false;             // instead of `scopes`: all that the parent has
    std::optional<timestamp> parent_ends;
    unsigned assurance = 1;
    timestamp asserted_at;
};

// RFC 6749 §5.1, and `refresh` where there is one. `asked`: the scope parameter; the scope is said where it is another one.
operation_answer issue(const oauth_parts& with, const operation_call& call, const issue_wish& wish, std::string_view grant_type,
    std::string_view asked, const secret& refresh = secret());

// What tokens in an authorization stand on. Nothing: its ids cannot be read.
issue_wish wish_of(const authorization& of);
// The refresh token that is alive in it; empty where there is none.
secret refresh_text(const oauth_parts& with, const operation_call& call, const authorization& of);

std::string joined(const std::vector<std::string>& scopes);

}  // namespace tollgate
