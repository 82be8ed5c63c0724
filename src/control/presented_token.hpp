// presented_token.hpp - what a text is that somebody asks about: an access token, a refresh token, an API token, or nothing of ours.
#pragma once

#include "tollgate/control/oauth.hpp"
#include "tollgate/model/authorization.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/rules/access_token.hpp"

#include <string_view>
#include <variant>

namespace tollgate {

struct presented_access {
    access_claims claims;
    grant now;  // what it amounts to: judged by its state and expiry
};
struct presented_family {
    refresh_claims claims;
    authorization family;
};

// Errors: the store's; not_found: nothing that this API has issued, or nothing that is left of it.
using presented_token = std::variant<presented_access, presented_family, token>;
result<presented_token> look_at(const oauth_parts& with, const operation_call& call, std::string_view text);

}  // namespace tollgate
