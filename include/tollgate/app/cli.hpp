// cli.hpp - the command line: arguments -> one command -> exit code.
//
// Exit codes: 0 done; 1 refused or failed, why on stderr; 2 bad usage. Every listing has --json.
// `serve`, `demo`, `init`, `check`, `routes`, `config` and `restore` work alone; `explain` does without --token-id; the others speak to the
// running gateway over its Unix socket.
// Threads: call once, from main.
#pragma once

#include <istream>
#include <ostream>

namespace tollgate {

// `in` is read by commands that take a secret: secrets never stand in argv.
int run_cli(int argc, const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace tollgate
