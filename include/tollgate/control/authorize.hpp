// authorize.hpp - the authorization endpoint's pages: sign-in, second factor, consent; then back to the client with a code.
//
// `oauth.authorize`, an operation on public routes: GET shows a page or sends back, POST is a form of one of those pages. The request's own
// query stays in the address all the way and is checked anew each time; a page holds nothing that it could be talked out of. Every POST
// must come from a page of the same origin; a consent also carries a text that only the session's own page had. (RFC 6749 section 10.12)
// What is asked for by acr_values and max_age (RFC 9470) is asked of the user before the consent.
// Threads: as operations. Lifetime: what the parts refer to outlives the table.
// Errors: pages in words where there is no client to return to; RFC 6749 section 4.1.2.1 at the redirect URI, with `iss` (RFC 9207).
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"

namespace tollgate {

class code_book;
class session_book;
class sign_in;

struct authorize_parts {
    registry& tokens;
    const clock& time;
    random_source& random;
    class sign_in& sign_ins;
    session_book& sessions;
    code_book& codes;
};

void add_authorize(operation_table& table, authorize_parts with);

}  // namespace tollgate
