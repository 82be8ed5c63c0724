// secret_files.hpp - what can be said of the secrets that a configuration names, before any is used.
//
// Threads: function. Errors: problems with the configuration's line and what to do. No secret is in any.
#pragma once

#include "tollgate/app/config.hpp"

namespace tollgate {

enum class secrets_of : std::uint8_t {
    this_process,  // about to serve: whoever uses a secret says itself where there is none
    the_service,   // another process, whose environment and credentials (systemd) need not be here: what is not, is not looked at
};

// A file that everybody can read is a warning; of the service's, one that is missing or cannot be read is an error.
void check_secrets(const config& of, secrets_of whose, problem_list& problems);

}  // namespace tollgate
