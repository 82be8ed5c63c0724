// session.hpp - one downstream connection from its first byte to its last: heads in, exchanges, keep-alive, a clean end.
//
// An idle connection keeps no buffer: after one short wait its workspace goes back and the socket is watched without one.
#pragma once

#include "connection.hpp"
#include "tollgate/gateway/worker.hpp"

#include <memory>
#include <string>

namespace tollgate {

// Owns the connection until its end. `early`: bytes of it that were read already. Never throws.
task<> run_session(worker& w, std::unique_ptr<connection> c, std::string early);

}  // namespace tollgate
