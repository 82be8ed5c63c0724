// restore_files.hpp - directories of a store as a restoration handles them: copied, given away, exchanged.
//
// Errors: io, in words.
#pragma once

#include "tollgate/base/error.hpp"

#include <string>

namespace tollgate {

// Whether a database was ever made there.
bool holds_store(const std::string& directory);

// The files of the database in `from` (no locks, no marks, nothing of `local`) into the new directory `to`, mode 0700, synced.
result<void> copy_store(const std::string& from, const std::string& to);

// `next` takes the place of `store` in one step, under the same owner. Answers where what was there is now; empty: nothing was.
// Its directory `local` stays with the store.
result<std::string> exchange_store(const std::string& next, const std::string& store, const std::string& suffix);

}  // namespace tollgate
