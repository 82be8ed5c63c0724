// master_key.hpp - the master key: the one secret from which every other key of the gateway is derived.
//
// 32 bytes, written as 64 hexadecimal digits, and never in the store: who copies the store, a log or a backup has nothing that
// opens a kept answer. Configuration only names where it is: `file:<path>`, `env:<name>`, `credential:<name>` (systemd).
// Threads: functions. Errors: invalid (not 64 digits), not_found (nothing there), io; the sentence says what to do.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"

#include <string>
#include <string_view>

namespace tollgate {

// The text that `source` leads to, of at most 1 KiB, without blanks and line ends behind it. `what`: "the master key", for errors.
result<secret> read_secret(const std::string& source, std::string_view what);
// Reads the 32 bytes that `source` leads to.
result<secret> read_master_key(const std::string& source);

// Writes a new one to `path`, mode 0600, which must not exist yet.
result<void> make_master_key(const std::string& path, random_source& random);

}  // namespace tollgate
