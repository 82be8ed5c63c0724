// high_mark.hpp - the newest answered revision, in a small file beside the log.
//
// The log alone cannot tell a record that was cut short from one whose length was damaged: either way its end seems to be
// earlier. The mark can: it is written after a group's sync and before its answers, so what the mark names must be there.
// Not synced itself (that would double the cost of a change). An old mark proves less, never something wrong.
// Threads: one. Errors: io; a mark that cannot be written is reported once and not fatal.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/model/change.hpp"
#include "tollgate/store/number_file.hpp"

#include <string>

namespace tollgate {

class high_mark {
 public:
    high_mark(const std::string& directory, log_sink& log) : file_(directory + "/answered"), log_(log) {}

    // Opens the file, and compares: corrupt when it names a revision beyond `stored`.
    result<void> check(revision stored);
    void raise(revision to) noexcept;

 private:
    number_file file_;
    log_sink& log_;
    bool reported_ = false;
};

}  // namespace tollgate
