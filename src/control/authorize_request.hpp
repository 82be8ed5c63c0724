// authorize_request.hpp - what a client asks of the authorization endpoint, checked. (RFC 6749 section 4.1.1, RFC 7636, RFC 8707, RFC 9470)
//
// Two ways to be wrong: where the client or its redirect URI is not known, the user is told and sent nowhere; everything else is told to
// the client, at its redirect URI. PKCE with S256 is demanded of every client.
// Threads: any blocking one. Errors: the store's, as `unavailable`.
#pragma once

#include "tollgate/model/oauth_client.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tollgate {

struct authorize_request {
    oauth_client client;
    std::string redirect_uri, state;
    std::vector<std::string> scopes;
    std::string code_challenge, resource, login_hint;
    bool second_factor = false;                  // acr_values: aal2
    bool sign_in_again = false;                  // prompt=login
    bool without_asking = false;                 // prompt=none
    std::optional<std::int64_t> max_age_s;
};

struct authorize_problem {
    bool ours = false;        // the store is ill
    bool may_return = false;  // `where` is known to be the client's
    std::string where, state;
    std::string error, what;  // RFC 6749 section 4.1.2.1, and a sentence
};

std::variant<authorize_request, authorize_problem> read_authorize_request(registry& tokens, const operation_call& call);

// `uri` with what is told to the client; `iss` as RFC 9207 has it.
std::string return_to(std::string_view uri, const std::vector<std::pair<std::string_view, std::string_view>>& parameters);

}  // namespace tollgate
