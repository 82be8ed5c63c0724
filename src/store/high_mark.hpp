// high_mark.hpp - the newest answered revision, in a small file beside the log.
//
// The log alone cannot tell a record that was cut short from one whose length was damaged: either way its end seems to be
// earlier. The mark can: it is written after a group's sync and before its answers, so what the mark names must be there.
// Not synced itself (that would double the cost of a change): the kernel writes it within seconds, and it survives the
// end of the process at once. An old mark proves less, never something wrong.
// Threads: one. Errors: io; a mark that cannot be written is reported once and not fatal.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/model/change.hpp"

#include <string>

namespace tollgate {

class high_mark {
 public:
    high_mark(std::string directory, log_sink& log);
    high_mark(const high_mark&) = delete;
    high_mark& operator=(const high_mark&) = delete;
    ~high_mark();

    // Opens the file, and compares: corrupt when it names a revision beyond `stored`.
    result<void> check(revision stored);
    void raise(revision to) noexcept;

 private:
    std::string path_;
    log_sink& log_;
    int fd_ = -1;
    bool reported_ = false;
};

}  // namespace tollgate
