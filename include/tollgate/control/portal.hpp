// portal.hpp - an API's portal on its front door: its users sign in and keep tokens of their own. (CP-1, UI-3)
//
// A page (src/control/console) and what it calls, all under the `portal.path` of the API's configuration. What it calls has the shapes of
// the management API and goes through the same operations, as a caller that reaches its own tokens alone: of the portal's kind, in the
// user's tenant and the host's environment, with the user as owner. To everybody else's it answers 404. It gives no scope but those of
// `portal.scopes`, and hands out no secret of a token that can do more. (C-14)
// Routes are public: a session is found here, by its cookie, anew for each call. What changes something must come from a page of the same
// origin, and carry the text that only the session's own page was told (x-csrf-token).
// Threads: as operations. Lifetime: what the parts refer to outlives the table. Errors: problem+json.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/control/accounts.hpp"
#include "tollgate/control/activity.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/control/pages.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace tollgate {

struct portal_endpoint {
    std::string_view method;
    std::string_view path;     // behind the portal's own
    std::string_view handler;  // begins with `portal.`
};
std::span<const portal_endpoint> portal_endpoints() noexcept;
std::span<const std::string_view> portal_operation_names() noexcept;
inline constexpr std::string_view portal_sign_in = "portal.sign_in";

struct portal_parts {
    registry& tokens;
    rulebook_source book;
    const clock& time;
    random_source& random;
    activity done;
    accounts who_signs_in;
    words_source words;
};

void add_portal(operation_table& table, portal_parts with);

}  // namespace tollgate
