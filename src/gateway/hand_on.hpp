// hand_on.hpp - a connection of a process that is being replaced, between two requests: where it goes instead of being read.
//
// In the clear its socket goes to the process that takes over, with what was read of it; nothing is lost and nothing closed. A TLS session
// cannot be moved: when its next request comes, its bytes are carried to the other process and back, which ends it with that answer.
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"

#include <string>

namespace tollgate {

// `early`: bytes that were read of `c` and used for nothing. `fresh`: nothing was read of its socket at all. Ends with the connection.
task<> hand_on(worker& w, connection& c, std::string early, bool fresh);

}  // namespace tollgate
