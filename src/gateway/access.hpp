// access.hpp - the grant of an access token, out of the grants of what stands behind it.
#pragma once

#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <optional>

namespace tollgate {

// From what this thread knows: ws.granted, ws.addresses and ws.claims where it is found. Nothing: ws.x.key has to be read first.
std::optional<lookup> find_access(worker& w, workspace& ws);

// Whether the access token that was judged is still what its records say. Blocking.
enum class standing : std::uint8_t { same, changed, unknown };
standing look_at_access_again(const registry& tokens, const workspace& ws, const grant& judged);

}  // namespace tollgate
