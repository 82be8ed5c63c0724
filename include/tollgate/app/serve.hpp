// serve.hpp - a gateway's process: signals, the service manager, and giving the work to the next process.
//
// Threads: call from main.
#pragma once

#include "tollgate/app/server.hpp"

#include <string>
#include <vector>

namespace tollgate {

class predecessor;

struct serve_options {
    std::vector<std::string> command;  // how the process was started: what to run again for an upgrade, and its arguments; empty: it cannot
    predecessor* before = nullptr;     // the process that this one takes over from; it has the sockets
};

// Serves until SIGTERM or SIGINT, then drains; a second one ends at once. SIGUSR2 makes a new process take over (app/hand_over.hpp). The process'
// exit code.
int run_server(const config& settings, const serve_options& options, log_sink& log);

// Blocks SIGTERM, SIGINT, SIGHUP and SIGUSR2 in this thread and those that it starts; before any thread is started.
void block_signals();
// Waits for a signal that ends the process, and reloads on each SIGHUP; then drains `gateway` and waits for its end. A second signal ends the
// process at once.
void serve_until_signal(server& gateway, log_sink& log);

}  // namespace tollgate
